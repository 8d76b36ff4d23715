//! The live files of a pipeline's tables: what a commit says the lake consists of.
//!
//! A commit names, table by table, a few manifests: objects below `_convolake/<pipeline>/manifests/` that are written once and list
//! the files of a range of partitions each. A manifest in whose range nothing changes is shared with the commit before. For
//! each file it tells content and size, and of its rows what lets readers pass it over: the hashes of their groups, the bounds of
//! their instants, and how many there are by scope. So whoever merges, looks up or counts opens only the files it has to
//! do with, and lists nothing.
//!
//! What an entry says of a file's rows is relied on, as is the entry itself: a file counts as long as it has the content that
//! the entry names, which is seen to when it is first read (`table/expected_file.rs`).

pub(crate) mod group_hashes;
pub(crate) mod scope_counts;
pub(crate) mod entry;
pub(crate) mod manifest;
mod leaves;
pub(crate) mod table_snapshot;
pub(crate) mod superseded;
pub(crate) mod known_pages;
pub(crate) mod page_findings;

pub(crate) use crate::snapshot::entry::{FileEntry, FileSummary, RowSummary};
pub use crate::snapshot::group_hashes::TouchedGroups;
pub use crate::snapshot::known_pages::{KnownPagesRef, PageDigest, PageFacts};
pub use crate::snapshot::manifest::ManifestRef;
pub(crate) use crate::snapshot::manifest::SummaryColumns;
pub use crate::snapshot::page_findings::PageFinding;
pub(crate) use crate::snapshot::table_snapshot::TableSnapshot;
