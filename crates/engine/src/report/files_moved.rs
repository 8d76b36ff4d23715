//! Table files that were brought into another tree before a run.

use convolake_loader::Commit;
use convolake_model::Tree;
use serde::Serialize;

/// The files of all tables of a pipeline, which lie in another tree since `publish` is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FilesMoved {
    /// How many there are.
    pub files: u64,
    /// The tree they lie in.
    pub to: Tree,
    /// The number of the commit that says so.
    pub commit: u64,
}

impl FilesMoved {
    /// Of a commit that did nothing else; `None` where there were no files.
    pub(crate) fn of(commit: &Commit, to: Tree) -> Option<Self> {
        let files = commit.files.len() as u64;
        (files > 0).then_some(Self { files, to, commit: commit.seq })
    }
}
