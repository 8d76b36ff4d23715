//! What an upkeep that was killed has archived, and left by itself.

use std::collections::VecDeque;

use crate::LoadError;
use crate::archive::{Archive, ArchiveRef};
use crate::error::DamageCause;
use crate::storage::digest::sha256;
use crate::storage::{LakeStorage, Listed};
use crate::upkeep::kind::Kind;
use crate::upkeep::report::Archived;

/// An archive, and those of its members that are there by themselves.
#[derive(Debug)]
pub(crate) struct Leftover {
    archive: Listed,
    opened: Archive,
    objects: Vec<Listed>,
}

/// The archives that hold objects which may be archived; these are taken out of `eligible`.
pub(crate) async fn leftovers(
    lake: &LakeStorage,
    pipeline: &str,
    kind: Kind,
    eligible: &mut VecDeque<Listed>,
) -> Result<Vec<Leftover>, LoadError> {
    let mut leftovers = Vec::new();
    for archive in lake.list(&kind.archives(pipeline)).await? {
        let Some((first, last)) = kind.keys_of_archive(&archive.name) else { continue };
        let may_hold =
            |listed: &Listed| kind.key(&listed.name).is_some_and(|key| first <= key && key <= last);
        if !eligible.iter().any(may_hold) {
            continue;
        }
        let opened = Archive::open(lake, archive.clone()).await?;
        let (held, rest): (Vec<Listed>, Vec<Listed>) =
            std::mem::take(eligible).into_iter().partition(|listed| opened.holds(&listed.name));
        *eligible = rest.into();
        if !held.is_empty() {
            leftovers.push(Leftover { archive, opened, objects: held });
        }
    }
    Ok(leftovers)
}

impl Leftover {
    /// Reads the archive and what it holds once more; gives the archive as a commit names it.
    pub(crate) async fn make_sure(&self, lake: &LakeStorage, kind: Kind) -> Result<ArchiveRef, LoadError> {
        let name = &self.archive.name;
        let damaged = |reason| LoadError::damaged(name, DamageCause::Content(reason));
        for listed in &self.objects {
            let Some(content) = lake.get(&listed.name).await? else { continue };
            let member = self.opened.read(&listed.name).await?.ok_or_else(|| damaged("it is cut off"))?;
            // What does not read is another content as well.
            if kind.plain(&listed.name, content).ok() != Some(member) {
                return Err(damaged("it does not hold what lies beside it"));
            }
        }
        let content = lake.get(name).await?.ok_or_else(|| damaged("it is gone"))?;
        let (bytes, members) = (content.len() as u64, self.opened.members().count() as u64);
        Ok(ArchiveRef { name: name.clone(), bytes, sha256: sha256(&content), members })
    }

    pub(crate) fn archived(&self) -> Archived {
        Archived {
            objects: self.objects.len() as u64,
            bytes: self.objects.iter().map(|listed| listed.n_bytes).sum(),
            archives: 0,
            archive_bytes: 0,
        }
    }

    pub(crate) fn into_objects(self) -> Vec<String> {
        self.objects.into_iter().map(|listed| listed.name).collect()
    }
}
