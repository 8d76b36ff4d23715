//! TODO.

pub(crate) mod run_report;
