//! A lake's tables and marts held against what is expected of their rows.
//!
//! Checks are carried out a pipeline and table at a time: the newest row of one source says nothing of another's. All that a row tells by
//! itself is counted in one scan of the table, streamed; what rows tell together (no two alike, each found elsewhere) goes by hashes of
//! eight bytes a row, in as many passes as keep them within their share of the memory.

mod outcome;
mod condition;
mod days;
mod row_scan;
mod row_rules;
mod freshness;
mod volume;
mod key_hashes;
mod unique;
mod references;
mod examples;
mod table;
mod command;
mod text;

pub(crate) use command::{ChecksRequest, Which, checks, share_of_hashes};
pub(crate) use outcome::{CheckOutcome, CheckReport, ChecksReport, TableChecks};
pub(crate) use row_scan::{RowScan, collect};
pub(crate) use text::text;
