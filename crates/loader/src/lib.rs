//! Batches become a lake: raw zone, merge, partitions, commits, lease.
//!
//! A run goes through here in this order, and a crash between any two steps loses and doubles nothing:
//!
//! 1. [`Lake::lease`]: one run a pipeline. What an interrupted one has left is first brought to its end.
//! 2. [`Raw::land`]: each page is durable, verbatim, before anything is made of it.
//! 3. [`Load::push`]: the rows made of pages, held in memory and spilled to disk.
//! 4. [`Load::finish`]: one row a key, the newest; merged with the files of the partitions that change, and only with
//!    those; all of them staged and synced; an **intent** that lists the renames and holds the commit; the renames,
//!    first those that take moving rows away; the **commit**. Only with it does the state move.
//!
//! ```text
//! messages/source=agentx/date=2025-04-15/part-0.parquet    tables: what readers read
//! raw/agentx/messages/<slice>/<run>-00001.jsonl.zst        pages as they came
//! quarantine/agentx/<run>.jsonl.zst                        records that became no rows
//! _convolake/agentx/{lease,commits/,intents/,runs/,failed/} _convolake/staging/agentx/<run>/
//! ```
//!
//! In a bucket the lease is an object that is renewed, files are written again under their names instead of renamed, each on
//! the condition that the version it was merged with stands there, and any doubtful answer is settled by looking.
//!
//! What is assumed of the disk: a rename within it is atomic, and what `fsync` of a file and its folder has returned
//! for survives a power cut. What is assumed of a store is a [`Guarantee`] each, and tried by [`Lake::probe`]. Deliberately absent: any deletion of what was landed, and knowledge of what pages,
//! streams or states mean.

pub(crate) mod index;
pub(crate) mod paths;
pub(crate) mod publish;
pub(crate) mod resolve;
pub(crate) mod rows;
pub(crate) mod spill;
pub(crate) mod storage;
pub(crate) mod table;
mod error;
mod lake;
mod lease;
mod load;
mod location;
mod quarantine;
mod raw;
mod verify;

pub use crate::error::{DamageCause, LoadError, RawError};
pub use crate::lake::{Lake, StoredReport};
pub use crate::lease::{Lease, LeaseHolder, LeaseState};
pub use crate::load::{Load, LoadReport, LoadTable, TableReport};
pub use crate::location::Location;
pub use crate::publish::commit::{Commit, CommittedFile, CommittedTable};
pub use crate::quarantine::{Quarantine, QuarantineLine};
pub use crate::raw::{LandedName, LandedPage, PageRef, Pages, Raw, RawPage};
pub use crate::resolve::mode::LoadMode;
pub use crate::rows::version::PageVersion;
pub use crate::storage::folder_trial::{StoreGuarantee, StoreTrial, TrialFailure};
pub use crate::storage::probe::{Guarantee, Probe};
pub use crate::storage::store_error::StoreError;
pub use crate::storage::upload::MAX_PUT_BYTES;
pub use crate::table::grouped_scan::{GroupBatch, GroupedBatches};
pub use crate::table::row_counts::{RowCount, RowCounts};
pub use crate::table::scan::{Scan, ScanBatches};
pub use crate::table::totals::TableTotal;
pub use crate::verify::{Finding, FindingKind, Findings, Remedy, Verification, VerifiedTable, VerifyTable};
