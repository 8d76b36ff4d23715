//! What the lake knows: rows of tables, landed pages and run reports, read without a lease. All of it blocks.

pub(crate) mod rows_kept;
pub(crate) mod scan;
pub(crate) mod known_versions;
pub(crate) mod older_answers;
pub(crate) mod reopened;
pub(crate) mod landed_ids;
pub(crate) mod open_records;
pub(crate) mod stream_rows;
pub(crate) mod in_flight;
pub(crate) mod stored_report;
pub(crate) mod run_reports;
pub(crate) mod bucket_advice;
