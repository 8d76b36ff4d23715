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
//! messages/source=agentx/month=2025-04/part-0.parquet      tables: what readers read
//! raw/agentx/messages/<slice>/<run>-00001.jsonl.zst        pages as they came
//! quarantine/agentx/<run>.jsonl.zst                        records that became no rows
//! _convolake/agentx/{lease,commits/,intents/,runs/,failed/} _convolake/staging/agentx/<run>/
//! ```
//!
//! A local disk and an object store are one [`Location`] apart: all rooms ask a storage by names below the lake's root, and
//! where the two differ, a capability of the storage says so. On disk the lease is a lock of the operating system and a file is
//! renamed over its predecessor; in an object store the lease is an object that is renewed, a file is written again under its
//! name on the condition that the version it was merged with stands there, and any doubtful answer is settled by looking.
//!
//! What is assumed of a disk or a store is a [`Guarantee`] each, and tried by [`Lake::trial`]: of a disk also that what `fsync`
//! of a file and its folder has returned for survives a power cut. Deliberately absent: any deletion of what was landed but
//! once it is archived, and knowledge of what pages, streams or states mean.
//!
//! The rooms, from the base up; each knows those before it, and none after it:
//!
//! | room | what it holds |
//! | --- | --- |
//! | `error`, `location`, `paths` | why something failed, where a lake lies, what things are called |
//! | `storage` | objects and files by name, on a local disk or in an object store |
//! | `archive` | many small objects in one |
//! | `rows` | cells, ranges, order and versions of rows in memory |
//! | `table` | a table's layout, its files, and how they are read and written |
//! | `snapshot` | which files are live, and what is known of their rows |
//! | `lease` | the right to write for one pipeline |
//! | `publish` | commits, intents, and how staged files become the lake's |
//! | `delta` | a second tree of the tables' files, for readers who want one generation whole |
//! | `reads` | rows and counts for who only looks |
//! | `derived` | files that others have made of a source's rows |
//! | `spill`, `resolve`, `load` | rows become staged files: sorted on disk, resolved to one row a key, merged |
//! | `exchange` | a load that is shared out to several processes |
//! | `raw`, `quarantine` | pages as they came, and records that became no rows |
//! | `upkeep` | many small objects become few, and what is void goes |
//! | `verify` | the lake held against what it promises |
//! | `lake` | the face of all |

mod error;
mod location;
mod paths;
mod storage;
mod archive;
mod rows;
mod table;
mod snapshot;
mod lease;
mod publish;
mod delta;
mod reads;
mod derived;
mod spill;
mod resolve;
mod load;
mod exchange;
mod raw;
mod quarantine;
mod upkeep;
mod verify;
mod lake;
#[cfg(test)]
mod tests;

pub use crate::archive::ArchiveRef;
pub use crate::delta::{DeltaVersion, Vacuumed, is_delta_column};
pub use crate::derived::{Added, DerivedTables, NewFile};
pub use crate::error::{DamageCause, LoadError, RawError, StoreError};
pub use crate::exchange::{FileMade, FileMaker, FileRows, Folded, Parcel, Scatter};
pub use crate::lake::{Lake, StateNames, StoredReport};
pub use crate::lease::{Lease, LeaseHolder, LeaseState};
pub use crate::load::{Load, LoadMemory, LoadReport, LoadTable, TableReport, Trees};
pub use crate::location::Location;
pub use crate::publish::commit::{Commit, CommittedFile, CommittedTable};
pub use crate::quarantine::{Quarantine, QuarantineLine, RecordForm};
pub use crate::raw::{LandedName, LandedPage, PageRef, Pages, Raw, RawLine, RawPage};
pub use crate::reads::grouped_scan::{GroupBatch, GroupedBatches};
pub use crate::reads::live_tables::{LiveFile, LiveTable, LiveTables, SeenVersion};
pub use crate::reads::row_counts::{Days, RowCount, RowCounter, RowCounts};
pub use crate::reads::scan::{Scan, ScanBatches};
pub use crate::reads::totals::TableTotal;
pub use crate::reads::whole_rows::{WholeRows, committed_schema};
pub use crate::resolve::mode::{FewerRows, LoadMode};
pub use crate::resolve::told::{GaveWay, Shrunk, TableTold, WentBack};
pub use crate::rows::landed_objects::LandedObjects;
pub use crate::rows::version::PageVersion;
pub use crate::snapshot::{KnownPagesRef, ManifestRef, PageDigest, PageFacts, PageFinding, TouchedGroups};
pub use crate::storage::digest::sha256;
pub use crate::storage::remote::upload::MAX_PUT_BYTES;
pub use crate::storage::trial::guarantee::Guarantee;
pub use crate::storage::trial::{Trial, TrialFailure};
pub use crate::table::layout::RowKeys;
pub use crate::upkeep::{Archived, Upkeep, UpkeepLimit, UpkeepReport};
pub use crate::verify::{Finding, FindingKind, Findings, Remedy, Verification, VerifiedTable, VerifyTable};
