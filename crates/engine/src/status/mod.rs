//! `status`: what a lake holds and how its runs went. Reads only, and takes no lease.

mod command;
mod pipeline;
mod stream;
mod judge;
mod run_summary;
mod report;

pub use crate::status::command::{StatusRequest, status};
pub use crate::status::report::{
    CommitStatus, DeltaStatus, InFlight, LeaseStatus, PipelineStatus, RunSummary, StatusReport, StoppedRun,
    StreamRun, StreamStatus, TableStatus,
};
