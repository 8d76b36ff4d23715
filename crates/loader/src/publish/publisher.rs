//! What a load needs of whoever publishes.

use crate::LoadError;
use crate::publish::commit::Commit;
use crate::publish::staged_file::StagedFile;

/// Brings staged files into the lake.
pub(crate) trait Publisher {
    /// Brings staged files and the commit that is about them into the lake: all of it, or, where it fails before the first of it can
    /// be seen, nothing; if it fails later, [`Publisher::recover`] brings it to its end.
    fn publish(&self, files: &[&StagedFile], commit: Commit) -> Result<(), LoadError>;

    /// Finishes what an interrupted run has begun to publish, and clears what it only staged.
    fn recover(&self) -> Result<(), LoadError>;
}
