//! One run, end to end: what the loader knows goes to the extractor as plain values, pages come back, are landed,
//! flattened and merged, and a commit says how far the lake is complete.
//!
//! ```text
//! PageChain --page--> raw zone --job--> flatten workers --rows--> Load --finish--> table files, commit
//! ```
//!
//! The channel between pulling and flattening is bounded: a slow disk slows the requests, and nothing piles up.
//! Only this crate knows extractor, transformer and loader together; it prints nothing and reports through
//! [`Observer`] while it runs and through [`RunReport`] at the end.

mod run;
mod backfill;
mod goal;
mod pulling;
mod side_by_side;
mod windows;
mod changed;
mod strays;
mod pull;
mod checkpoint;
mod short;
mod remember_short;
mod asked_again;
mod rows_of_record;
mod tombstone;
mod lanes;
mod workers;
mod listed;
mod open_records;
mod completeness;
mod file_sizes;
mod flatten;
mod page_files;
mod landed_pages;
mod replay;
mod verify;
mod source;
mod probe;
mod plan;
mod check;
mod status;
mod existing_lake;
mod flight;
mod heads;
mod steady_clock;
mod stored;
mod stream_rows;
mod session;
mod project;
mod builtin;
mod state;
mod shape;
mod tally;
mod report;
mod run_id;
mod progress;
mod outcome;
mod error;

pub use backfill::{BackfillRequest, backfill};
pub use builtin::{BUILTIN_FILES, builtin_pipelines};
pub use check::{CheckReport, CheckRequest, Finding, Level, RejectSeen, StreamCheck, Subject, check};
pub use error::{EngineError, with_causes};
pub use flatten::{FlattenRequest, flatten};
pub use outcome::Outcome;
pub use plan::{Basis, PlanReport, PlanRequest, ProbeReport, RequestEstimate, SlicePlan, StreamPlan, plan};
pub use progress::{Event, Observer};
pub use project::Project;
pub use replay::{ReplayRequest, replay};
pub use report::{
    Completeness, FetchedAgain, FieldReport, Miscount, RunReport, StreamReport, TableReport, TypeReport,
    WordReport,
};
pub use run::{RunRequest, run};
pub use run_id::RunId;
pub use session::{Environment, Seams};
pub use status::{
    CommitStatus, InFlight, LeaseStatus, PipelineStatus, RunSummary, StatusReport, StatusRequest, StreamRun,
    StreamStatus, TableStatus, status,
};
pub use verify::{FindingReport, PipelineReport, VerifiedTableReport, VerifyReport, VerifyRequest, verify};

pub(crate) use existing_lake::existing_lake;

pub use convolake_extractor::{Budget, Clock, Stop, StopReason, SystemClock};
pub use convolake_loader::{FindingKind, Lake, Location, TableTotal};
pub use convolake_model::{ConfigError, Override, ParamSet, Span};
