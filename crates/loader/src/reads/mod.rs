//! A table's rows for who only looks: scanned, grouped, counted; of the files that the newest commit names.

mod live;
pub(crate) mod scan;
pub(crate) mod file_choice;
pub(crate) mod grouped_scan;
pub(crate) mod row_counts;
pub(crate) mod totals;
pub(crate) mod live_tables;
pub(crate) mod whole_rows;
