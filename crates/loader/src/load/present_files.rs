//! The files of a table in the Delta tree alone, as far as they are there.

use crate::LoadError;
use crate::delta;
use crate::snapshot::TableSnapshot;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::table::file::TableFile;

/// A file that is named, whether it is there or not. One that is gone is no file of the table to a rebuild.
#[derive(Debug)]
pub(crate) struct NamedFile {
    pub(crate) file: TableFile,
    /// Its name within the lake, where nobody has seen yet that it is there.
    unseen: Option<String>,
}

impl NamedFile {
    /// The file, if it is there.
    pub(crate) fn if_there(&self, lake: &LakeStorage) -> Result<Option<TableFile>, LoadError> {
        let is_there = match &self.unseen {
            Some(name) => block_on(lake.find(name))?.is_some(),
            None => true,
        };
        Ok(is_there.then(|| self.file.clone()))
    }
}

/// The files that the commit names; where its manifests do not read, those that the Delta log names. Sorted by partition.
///
/// # Errors
/// Neither reads; when a file is read, [`LoadError::NotAsCommitted`] where it has another content.
pub(crate) fn named_files(snapshot: &TableSnapshot) -> Result<Vec<NamedFile>, LoadError> {
    let TableSnapshot { lake, table, as_of, .. } = snapshot;
    let mut named = Vec::new();
    let read = snapshot.each_manifest(|manifest| {
        named.extend(manifest.files.into_iter().map(|entry| NamedFile {
            file: entry.table_file(lake, table, as_of),
            unseen: Some(entry.name(table, &as_of.pipeline)),
        }));
        Ok(())
    });
    let damage = match read {
        Ok(()) => return Ok(named),
        Err(error @ (LoadError::NotAsCommitted { .. } | LoadError::Damaged { .. })) => error,
        Err(error) => return Err(error),
    };
    match delta::files_of_log(lake, table, &as_of.pipeline)? {
        Some(files) => {
            tracing::warn!(error = %damage, table, "the Delta log stands in for what the commit lists");
            Ok(files.into_iter().map(|file| NamedFile { file, unseen: None }).collect())
        }
        None => Err(damage),
    }
}

/// [`named_files`] without those that are gone.
pub(super) fn present_files(snapshot: &TableSnapshot) -> Result<Vec<TableFile>, LoadError> {
    let named = named_files(snapshot)?;
    named.iter().filter_map(|named| named.if_there(&snapshot.lake).transpose()).collect()
}
