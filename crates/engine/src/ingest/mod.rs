//! TODO.

pub(crate) mod landed_pages;
pub(crate) mod sinks;
pub(crate) mod tally;
pub(crate) mod workers;
