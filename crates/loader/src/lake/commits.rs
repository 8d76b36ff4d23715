//! The commits of a pipeline, for who only looks.

use std::collections::BTreeSet;

use crate::archive::ArchiveFolder;
use crate::publish::commit::{self, Commit};
use crate::storage::blocking::block_on;
use crate::{Lake, LoadError, paths};

/// What archives of commits are called.
const COMMITS: &str = "commits";

impl Lake {
    /// All commits of a pipeline that are there, the oldest first; those in archives too. Blocks.
    ///
    /// # Errors
    /// A commit that does not read; the store's refusal.
    pub fn commits(&self, pipeline: &str) -> Result<Vec<Commit>, LoadError> {
        let folder = paths::commits(paths::name("the pipeline", pipeline)?);
        block_on(async {
            let listed = self.storage.list(&folder).await?;
            let mut numbers: BTreeSet<u64> =
                listed.iter().filter_map(|listed| commit::seq_of(&listed.name)).collect();
            let mut archives = ArchiveFolder::list(&self.storage, pipeline, COMMITS).await?;
            let add = |names: Vec<String>| {
                numbers.extend(names.iter().filter_map(|name| commit::seq_of(name)));
                true
            };
            archives.each_names(add).await?;
            let mut commits = Vec::with_capacity(numbers.len());
            for seq in numbers {
                let found = match commit::read(&self.storage, pipeline, seq).await? {
                    Some(commit) => Some(commit),
                    None => {
                        let object = paths::commit(pipeline, seq);
                        let bytes = archives.read(&object).await?;
                        bytes.map(|bytes| commit::open(&object, &bytes, seq)).transpose()?
                    }
                };
                commits.extend(found);
            }
            Ok(commits)
        })
    }
}
