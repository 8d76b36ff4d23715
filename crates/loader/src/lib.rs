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

mod blocking;
mod bucket;
mod commit;
mod durable;
mod error;
#[cfg(test)]
mod faulty_store;
mod folder_trial;
mod lake;
mod layout;
mod lease;
mod load;
mod location;
mod look;
mod lookup;
mod objects;
mod partition;
mod probe;
mod quarantine;
mod raw;
mod reactor;
mod remote_file;
mod scratch;
mod seal;
mod settle;
#[cfg(test)]
mod commit_race_tests;
#[cfg(test)]
mod settle_tests;
mod store_error;
mod table_bytes;
mod table_file;
mod table_file_writer;
mod row_counts;
mod table_schema;
mod totals;
mod upload;
mod verify;

pub use commit::{Commit, CommittedFile, CommittedTable};
pub use error::{DamageCause, LoadError, RawError};
pub use folder_trial::{StoreGuarantee, StoreTrial, TrialFailure};
pub use lake::Lake;
pub use lease::{Lease, LeaseHolder, LeaseState};
pub use load::{Load, LoadMode, LoadReport, LoadTable, PageVersion, Parents, Rows, TableReport};
pub use location::Location;
pub use look::StoredReport;
pub use lookup::Lookup;
pub use probe::{Guarantee, Probe};
pub use quarantine::{Quarantine, QuarantineLine};
pub use raw::{LandedName, LandedPage, PageRef, Pages, Raw, RawPage};
pub use row_counts::{RowCount, RowCounts};
pub use store_error::StoreError;
pub use table_schema::arrow_schema;
pub use totals::TableTotal;
pub use upload::MAX_PUT_BYTES;
pub use verify::{Finding, FindingKind, Findings, Remedy, Verification, VerifiedTable, VerifyTable};
