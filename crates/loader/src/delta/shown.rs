//! Whether a table shows a commit already, by few requests.

use crate::LoadError;
use crate::delta::actions::{self, Action, ENGINE};
use crate::delta::log::Log;
use crate::paths;

/// Versions that are looked at, from the newest one: of a table of several pipelines the newest may be of the others.
const MOST: usize = 8;

impl Log<'_> {
    /// The newest version, where the newest one of this pipeline shows what has this digest, and nobody else has changed the table since; `None`
    /// also where that cannot be told by the few newest versions. Nothing of ours follows a foreign version but a rebuild, so that those
    /// before it need not be looked at.
    pub(crate) async fn shows(&self, pipeline: &str, digest: &str) -> Result<Option<u64>, LoadError> {
        let listing = self.list().await?;
        let Some(newest) = listing.versions.last().copied() else { return Ok(None) };
        if listing.checkpoints.last().is_some_and(|checkpoint| *checkpoint > newest) {
            return Ok(None);
        }
        for version in listing.versions.iter().rev().take(MOST) {
            let bytes = self.lake.get(&paths::delta_version(self.table, *version)).await?;
            let Some(actions) = bytes.and_then(|bytes| actions::read(&bytes).ok()) else { return Ok(None) };
            let info = actions.iter().find_map(|action| match action {
                Action::CommitInfo(info) if info.engine_info == ENGINE => Some(info),
                _ => None,
            });
            match info.map(|info| info.digest_of(pipeline)) {
                Some(Some(shown)) => return Ok((shown == digest).then_some(newest)),
                None if actions.iter().any(Action::changes_table) => return Ok(None),
                Some(None) | None => {}
            }
        }
        Ok(None)
    }
}
