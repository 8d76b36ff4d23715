//! The live files of a table, as its manifests name them.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};

use crate::LoadError;
use crate::snapshot::entry::FileEntry;
use crate::snapshot::leaves::{share_out, split};
use crate::snapshot::manifest::{Manifest, ManifestRef, SummaryColumns};
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::table::expected_file::AsOf;
use crate::table::partition::Partition;

/// Manifests that are read at once, and held in memory.
const MANIFESTS_AT_ONCE: usize = 4;

/// The live files of a table. Nothing is read before it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct TableSnapshot {
    pub(crate) lake: LakeStorage,
    pub(crate) table: String,
    pub(crate) manifests: Vec<ManifestRef>,
    pub(crate) as_of: AsOf,
}

impl TableSnapshot {
    pub(crate) fn n_files(&self) -> u64 {
        self.manifests.iter().map(|named| named.files).sum()
    }

    /// Shows all manifests in order, a few in memory at a time.
    pub(crate) fn each_manifest(
        &self,
        mut each: impl FnMut(Manifest) -> Result<(), LoadError>,
    ) -> Result<(), LoadError> {
        block_on(async {
            let read = |named| Manifest::read(&self.lake, &self.table, named, &self.as_of);
            let mut manifests = stream::iter(&self.manifests).map(read).buffered(MANIFESTS_AT_ONCE);
            while let Some(manifest) = manifests.try_next().await? {
                each(manifest)?;
            }
            Ok(())
        })
    }

    /// The manifests after some files have changed: those that list none of them stay as they are. The new ones are written for
    /// the commit of this number.
    pub(crate) fn with(
        &self,
        columns: &SummaryColumns,
        changes: BTreeMap<Partition, FileEntry>,
        seq: u64,
    ) -> Result<Vec<ManifestRef>, LoadError> {
        if changes.is_empty() {
            return Ok(self.manifests.clone());
        }
        let mut after = Vec::new();
        for leaves in share_out(&self.manifests, changes) {
            let before = &self.manifests[leaves.range];
            if leaves.changes.is_empty() {
                after.extend_from_slice(before);
                continue;
            }
            let of_leaves = Self { manifests: before.to_vec(), ..self.clone() };
            let mut files = BTreeMap::new();
            of_leaves.each_manifest(|manifest| {
                let is_as_before = manifest.columns == *columns;
                for mut entry in manifest.files {
                    if !is_as_before {
                        (entry.summary.groups, entry.summary.scopes) = (None, None);
                    }
                    files.insert(entry.partition, entry);
                }
                Ok(())
            })?;
            files.extend(leaves.changes);
            let files = files.into_values().collect();
            after.extend(write(&self.lake, &self.as_of.pipeline, &self.table, columns, files, seq)?);
        }
        Ok(after)
    }
}

/// Writes manifests of all files of a table, which are sorted by partition, for the commit of this number.
pub(crate) fn write(
    lake: &LakeStorage,
    pipeline: &str,
    table: &str,
    columns: &SummaryColumns,
    files: Vec<FileEntry>,
    seq: u64,
) -> Result<Vec<ManifestRef>, LoadError> {
    let manifests: Vec<Manifest> =
        split(files).into_iter().map(|files| Manifest { columns: columns.clone(), files }).collect();
    let written = stream::iter(&manifests)
        .map(|manifest| manifest.write(lake, pipeline, table, seq))
        .buffered(MANIFESTS_AT_ONCE)
        .try_collect();
    block_on(written)
}
