//! What came of trying out a storage.

use std::io;

use crate::LoadError;
use crate::storage::trial::guarantee::Guarantee;

/// What came of trying out where a lake lies or will lie.
#[derive(Debug)]
pub struct Trial {
    /// Where it was tried out: the lake's location, or the nearest folder above it that is there.
    pub place: String,
    /// Each guarantee the lake relies on there, and why it does not hold.
    pub guarantees: Vec<(Guarantee, Option<TrialFailure>)>,
    /// The space that is left, where the system tells.
    pub free_bytes: Option<u64>,
    /// What helps where a guarantee does not hold.
    pub remedy: &'static str,
}

/// Why a guarantee does not hold.
#[derive(Debug)]
pub enum TrialFailure {
    /// The user that runs this may not do it.
    Refused(io::Error),
    /// It could not be tried out.
    Failed(LoadError),
    /// It was tried out, and does not hold.
    Broken(String),
}

impl TrialFailure {
    /// A refusal told apart from what else can fail on a disk.
    pub(crate) fn of(error: LoadError) -> Self {
        use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
        match error {
            LoadError::File { source, .. }
                if matches!(source.kind(), PermissionDenied | ReadOnlyFilesystem) =>
            {
                Self::Refused(source)
            }
            error => Self::Failed(error),
        }
    }
}
