//! Staged files and a commit are brought into the lake, so that a reader sees each file whole and a run that dies at any step is
//! brought to its end by the next.
//!
//! [`Publisher`] is what a load needs; [`InPlace`] writes table files over their predecessors. A commit lists the files it changed
//! ([`commit::CommittedFile`]) and, through manifests, all live ones: who looks for a table's files reads them there.

pub(crate) mod commit;
pub(crate) mod next_commit;
pub(crate) mod first_manifests;
pub(crate) mod publisher;
pub(crate) mod staged_file;
pub(crate) mod intent;
mod in_place;
mod recover;
mod void;

pub(crate) use self::in_place::InPlace;
pub(crate) use self::publisher::Publisher;
pub(crate) use self::staged_file::{Afterwards, StagedContent, StagedFile};
