//! Files of the tree that are not what commits say, placed anew.

use crate::delta::next_version::Wanted;
use crate::delta::state::TableState;
use crate::delta::tree::{DeltaTree, Gate};
use crate::storage::digest::ContentDigest;
use crate::storage::{LakeStorage, Listed};
use crate::table::delta_file::DeltaFile;
use crate::table::expected_file;
use crate::{LoadError, paths};

impl DeltaTree<'_> {
    /// Places files of the log anew whose content is not what commits say. Fails at one that lies nowhere else.
    pub(crate) async fn repair(
        &self,
        table: &str,
        state: Option<&TableState>,
        wanted: &Wanted<'_>,
    ) -> Result<(), LoadError> {
        let mut missing = Vec::new();
        for path in state.iter().flat_map(|state| state.files.keys()) {
            let Some(parsed) = DeltaFile::parse(path) else { continue };
            let of_source = wanted.parts.iter().find(|(source, _)| **source == parsed.0.source);
            let wanted = of_source.and_then(|(_, part)| part.files.get(&parsed.0));
            let Some(wanted) = wanted.filter(|wanted| wanted.may_be(&parsed)) else { continue };
            if wanted.is_only_here() {
                // Nothing could stand in for it.
                wanted.committed_file.stored()?;
                continue;
            }
            let name = format!("{}/{path}", paths::delta_table(table));
            let content = ContentDigest { n_bytes: wanted.n_bytes, sha256: wanted.sha256.clone() };
            if holds(self.lake, &name, &content).await? {
                continue;
            }
            self.lake.step("remove a file of the Delta tree that is not what it should be")?;
            self.lake.remove(vec![name]).await?;
            missing.push((path.clone(), wanted.clone()));
        }
        self.place(table, &missing, &Gate(&[])).await
    }
}

/// True where a file of this content stands under a name.
pub(crate) async fn holds(
    lake: &LakeStorage,
    name: &str,
    content: &ContentDigest,
) -> Result<bool, LoadError> {
    let Some(found) = lake.find(name).await? else { return Ok(false) };
    if found.n_bytes != content.n_bytes {
        return Ok(false);
    }
    let file = lake.file(Listed::found(name, &found)).await?;
    Ok(expected_file::content(&file)? == *content)
}
