//! `status`: what a lake holds and how its runs went. Reads only, and takes no lease.

mod gather;
mod report;

pub use gather::{StatusRequest, status};
pub use report::{
    CommitStatus, InFlight, LeaseStatus, PipelineStatus, RunSummary, StatusReport, StreamRun, StreamStatus,
    TableStatus,
};
