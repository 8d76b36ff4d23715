//! TODO.

pub(crate) mod existing_lake;
pub(crate) mod file_sizes;
pub(crate) mod in_flight;
pub(crate) mod known_versions;
pub(crate) mod open_records;
pub(crate) mod stored_report;
pub(crate) mod stream_rows;
