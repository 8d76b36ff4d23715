//! `status`: what a lake holds and how its runs went. Reads only, and takes no lease.

mod gather;
mod report;

pub use crate::status::gather::{StatusRequest, status};
pub use crate::status::report::{
    CommitStatus, InFlight, LeaseStatus, PipelineStatus, RunSummary, StatusReport, StreamRun, StreamStatus,
    TableStatus,
};
