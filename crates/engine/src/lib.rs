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
//!
//! The rooms stand in this order, and none uses one that comes after it:
//!
//! ```text
//! numbers, lock, outcome, error, failure
//! command_line   what both binaries read alike of their words
//! events, run_id, seams, marts_program, blocking
//! memory         the shares of `--memory`
//! project        a pipeline with its schemas and tables
//! state          what a commit holds
//! reads          what the lake tells of a pipeline
//! ingest         pages become rows of the load
//! source         the way to the API
//! report         what was found out, and the report that is made of it
//! completeness   declared counts against rows
//! session        what every command that writes does first and last
//! upkeep         many small objects of the lake become few
//! run            pulling: `run` and `backfill`
//! flatten, in_memory, replay, cluster, verify, plan, check, status
//! ```

mod numbers;
mod lock;
mod outcome;
mod error;
mod failure;
mod command_line;
mod events;
mod run_id;
mod seams;
mod marts_program;
mod blocking;
mod memory;
mod project;
mod state;
mod reads;
mod ingest;
mod source;
mod report;
mod completeness;
mod session;
mod present;
mod upkeep;
mod delta;
mod run;
mod flatten;
mod in_memory;
mod replay;
mod cluster;
mod verify;
mod plan;
mod check;
mod status;

pub use crate::check::{
    CheckReport, CheckRequest, Finding, GaveWaySeen, Level, RejectSeen, StreamCheck, Subject, check,
};
pub use crate::cluster::{
    ClusterPlan, ClusterReplay, ClusterReplayRequest, Mapped, PartFold, TableFiles, map_pages,
};
pub use crate::command_line::{LogFormat, Loudness, Voice, overrides, parse_size};
pub use crate::delta::{
    LakeVacuumReport, PublishReport, PublishRequest, Rebuild, VacuumRequest, publish, vacuum,
};
pub use crate::error::{EngineError, param_names};
pub use crate::events::{Event, Observer, PageOrigin};
pub use crate::failure::Failure;
pub use crate::flatten::command::{FlattenRequest, flatten};
pub use crate::in_memory::{
    DriftReport, FlatTable, Flattened, Flattening, MemoryFlattener, RejectedRecord, TableForm, table_schema,
};
pub use crate::marts_program::{MartsProgram, hand_over};
pub use crate::outcome::Outcome;
pub use crate::plan::{
    Basis, PlanReport, PlanRequest, ProbeReport, RequestEstimate, SlicePlan, StreamPlan, plan,
};
pub use crate::project::builtin::{BUILTIN_FILES, builtin_pipelines};
pub use crate::project::load::Project;
pub use crate::project::own_files::{PipelinePlace, known_pipelines};
pub use crate::reads::rows_kept::RowsKept;
pub use crate::replay::{MissingPages, ReplayRequest, replay};
pub use crate::report::after_run_report::AfterRunReport;
pub use crate::report::delta_report::DeltaReport;
pub use crate::report::drift_report::{FieldReport, TypeReport, WordReport};
pub use crate::report::files_moved::FilesMoved;
pub use crate::report::new_columns::NewColumns;
pub use crate::report::run_report::RunReport;
pub use crate::report::stream_report::{FetchedAgain, ReasonReport, StreamReport};
pub use crate::report::table_report::{GaveWayReport, ShrunkReport, TableReport, WentBackReport};
pub use crate::run::backfill::{BackfillRequest, backfill};
pub use crate::run::execute::{RunRequest, run};
pub use crate::run_id::RunId;
pub use crate::seams::{AfterRun, AfterRunRequest, CarriedOut, Environment, Seams};
pub use crate::state::completeness::{Completeness, Miscount};
pub use crate::status::{
    CommitStatus, DeltaStatus, InFlight, LeaseStatus, PipelineStatus, RunSummary, StatusReport,
    StatusRequest, StoppedRun, StreamRun, StreamStatus, TableStatus, status,
};
pub use crate::upkeep::{LakeUpkeepReport, PipelineUpkeep, UpkeepRequest, upkeep};
pub use crate::verify::{
    FindingReport, PipelineReport, Scratch, VerifiedTableReport, VerifyReport, VerifyRequest, verify,
};

pub use convolake_extractor::{Budget, Clock, Stop, StopReason, SystemClock};
pub use convolake_loader::{
    Archived, DeltaVersion, FileRows, FindingKind, Lake, Location, TableTotal, Vacuumed,
};
pub use convolake_model::{
    ConfigError, Mart, Override, ParamSet, PartitionBy, Span, Tree, io_words, nearest_word, parse_instant,
    with_causes, without_secrets,
};
