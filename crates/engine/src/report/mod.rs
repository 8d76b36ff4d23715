//! What a run found out, stream by stream, and the report that is made of it once everything is known.

pub(crate) mod stream_outcome;
pub(crate) mod warning;
pub(crate) mod stream_report;
pub(crate) mod delta_report;
pub(crate) mod files_moved;
pub(crate) mod drift_report;
pub(crate) mod silent_places;
pub(crate) mod exit;
pub(crate) mod after_run_report;
pub(crate) mod new_columns;
pub(crate) mod table_report;
pub(crate) mod run_report;
