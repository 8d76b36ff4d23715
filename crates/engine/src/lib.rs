//! One run, end to end: what the loader knows goes to the extractor as plain values, pages come back, are landed,
//! flattened and merged, and a commit says how far the lake is complete.
//!
//! ```text
//! PageChain --page--> raw zone --job--> flatten workers --rows--> Load --finish--> table files, commit
//! ```
//!
//! The channel between pulling and flattening is bounded: a slow disk slows the requests, and nothing piles up.
//! Modules are in the order of their dependencies: each knows only those before it.
//! Only this crate knows extractor, transformer and loader together; it prints nothing and reports through
//! [`Observer`] while it runs and through [`RunReport`] at the end.

mod numbers;
mod lock;
mod run_id;
mod events;
mod outcome;
mod error;
mod blocking;
mod project;
mod state;
mod report;
mod reads;
mod ingest;
mod completeness;
mod session;
mod source;
mod run;
mod flatten;
mod replay;
mod verify;
mod plan;
mod check;
mod status;

pub use crate::check::{CheckReport, CheckRequest, Finding, Level, RejectSeen, StreamCheck, Subject, check};
pub use crate::error::{EngineError, with_causes};
pub use crate::events::{Event, Observer};
pub use crate::flatten::command::{FlattenRequest, flatten};
pub use crate::outcome::Outcome;
pub use crate::plan::{
    Basis, PlanReport, PlanRequest, ProbeReport, RequestEstimate, SlicePlan, StreamPlan, plan,
};
pub use crate::project::builtin::{BUILTIN_FILES, builtin_pipelines};
pub use crate::project::load::Project;
pub use crate::replay::{ReplayRequest, replay};
pub use crate::report::run_report::{
    Completeness, FetchedAgain, FieldReport, Miscount, RunReport, StreamReport, TableReport, TypeReport,
    WordReport,
};
pub use crate::run::backfill::{BackfillRequest, backfill};
pub use crate::run::execute::{RunRequest, run};
pub use crate::run_id::RunId;
pub use crate::session::{Environment, Seams};
pub use crate::status::{
    CommitStatus, InFlight, LeaseStatus, PipelineStatus, RunSummary, StatusReport, StatusRequest, StreamRun,
    StreamStatus, TableStatus, status,
};
pub use crate::verify::{
    FindingReport, PipelineReport, VerifiedTableReport, VerifyReport, VerifyRequest, verify,
};

pub use convolake_extractor::{Budget, Clock, Stop, StopReason, SystemClock};
pub use convolake_loader::{FindingKind, Lake, Location, TableTotal};
pub use convolake_model::{ConfigError, Override, ParamSet, Span};
