//! The files of a table in the Delta tree alone, as far as they are there.

use crate::LoadError;
use crate::delta;
use crate::snapshot::TableSnapshot;
use crate::storage::blocking::block_on;
use crate::table::file::TableFile;

/// The files that the commit names, without those that are gone; where its manifests do not read, those that the Delta log names. Sorted by
/// partition.
///
/// # Errors
/// Neither reads; when a file is read, [`LoadError::NotAsCommitted`] where it has another content.
pub(super) fn present_files(snapshot: &TableSnapshot) -> Result<Vec<TableFile>, LoadError> {
    let TableSnapshot { lake, table, as_of, .. } = snapshot;
    let mut named = Vec::new();
    let read = snapshot.each_manifest(|manifest| {
        named.extend(manifest.files);
        Ok(())
    });
    let damage = match read {
        Ok(()) => {
            let mut files = Vec::new();
            for entry in named {
                if block_on(lake.find(&entry.name(table, &as_of.pipeline)))?.is_some() {
                    files.push(entry.table_file(lake, table, as_of));
                }
            }
            return Ok(files);
        }
        Err(error @ (LoadError::NotAsCommitted { .. } | LoadError::Damaged { .. })) => error,
        Err(error) => return Err(error),
    };
    match delta::files_of_log(lake, table, &as_of.pipeline)? {
        Some(files) => {
            tracing::warn!(error = %damage, table, "the Delta log stands in for what the commit lists");
            Ok(files)
        }
        None => Err(damage),
    }
}
