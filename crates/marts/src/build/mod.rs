//! Derived tables are brought up to date: what is stale is made anew, a month at a time, and published together.
//!
//! Derived tables of conversations are cut by the month under which `conversations` files them; messages without a conversation of a known
//! date stand in the partition without a month. `daily_stats` is cut by the month of its days. What each partition was made of is kept in
//! the commit of the derived tables ([`BuildState`]), so that only what changed is read whole.

mod request;
mod state;
mod source_tables;
mod reach;
mod stale;
mod cut;
mod partition;
mod built;
mod parquet;
mod daily;
mod source;
mod report;

pub(crate) use report::{BuildReport, MartReport};
pub(crate) use request::{BuildRequest, build};
pub(crate) use source::zone;
pub(crate) use stale::Extent;
