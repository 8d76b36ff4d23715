//! Files of the tree that are not what commits say, placed anew.

use crate::delta::file_name::DeltaFile;
use crate::delta::next_version::Wanted;
use crate::delta::state::TableState;
use crate::delta::tree::{DeltaTree, Gate};
use crate::storage::Listed;
use crate::storage::digest::ContentDigest;
use crate::table::expected_file;
use crate::{LoadError, paths};

impl DeltaTree<'_> {
    /// Places files of the log anew whose content is not what commits say.
    pub(crate) async fn repair(
        &self,
        table: &str,
        state: Option<&TableState>,
        wanted: &Wanted<'_>,
    ) -> Result<(), LoadError> {
        let mut missing = Vec::new();
        for path in state.iter().flat_map(|state| state.files.keys()) {
            let Some(file) = DeltaFile::parse(path) else { continue };
            let of_source = wanted.parts.iter().find(|(source, _)| **source == file.source);
            let Some(wanted) = of_source.and_then(|(_, part)| part.files.get(&file)) else { continue };
            let name = format!("{}/{path}", paths::delta_table(table));
            let content = ContentDigest { n_bytes: wanted.n_bytes, sha256: wanted.sha256.clone() };
            if self.holds(&name, &content).await? {
                continue;
            }
            self.lake.step("remove a file of the Delta tree that is not what it should be")?;
            self.lake.remove(vec![name]).await?;
            missing.push((path.clone(), wanted.clone()));
        }
        self.place(table, &missing, &Gate(&[])).await
    }

    /// True where a file of this content stands under a name.
    pub(crate) async fn holds(&self, name: &str, content: &ContentDigest) -> Result<bool, LoadError> {
        let Some(found) = self.lake.find(name).await? else { return Ok(false) };
        if found.n_bytes != content.n_bytes {
            return Ok(false);
        }
        let listed = Listed {
            name: name.to_owned(),
            n_bytes: found.n_bytes,
            version: Some(found.version),
            written_at: None,
        };
        let file = self.lake.file(listed).await?;
        Ok(expected_file::content(&file)? == *content)
    }
}
