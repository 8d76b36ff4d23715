//! The files that a log names of one pipeline.

use std::collections::BTreeSet;

use crate::delta::log::Log;
use crate::storage::blocking::block_on;
use crate::storage::{LakeStorage, Listed};
use crate::table::delta_file::DeltaFile;
use crate::table::expected_file::content;
use crate::table::file::TableFile;
use crate::table::place::Place;
use crate::{DamageCause, LoadError, paths};

/// What the names of the newest version's files tell, each with the number of its commit; none where the table has no version.
///
/// # Errors
/// [`LoadError::DeltaLog`].
pub(crate) fn names_of_log(lake: &LakeStorage, table: &str) -> Result<BTreeSet<(DeltaFile, u64)>, LoadError> {
    let state = block_on(Log { lake, table }.read())?.unwrap_or_default();
    Ok(state.files.keys().filter_map(|path| DeltaFile::parse(path)).collect())
}

/// A pipeline's files of the newest version, sorted by partition, as far as they are there; `None` where the table has no version.
///
/// # Errors
/// [`LoadError::DeltaLog`]; [`LoadError::Damaged`] for a file of another content than its name tells.
pub(crate) fn files_of_log(
    lake: &LakeStorage,
    table: &str,
    pipeline: &str,
) -> Result<Option<Vec<TableFile>>, LoadError> {
    let Some(state) = block_on(Log { lake, table }.read())? else { return Ok(None) };
    let mut files = Vec::new();
    for path in state.files.keys() {
        let Some((of_path, seq)) = DeltaFile::parse(path).filter(|(file, _)| file.source == pipeline) else {
            continue;
        };
        let name = format!("{}/{path}", paths::delta_table(table));
        let Some(found) = block_on(lake.find(&name))? else { continue };
        let stored = block_on(lake.file(Listed::found(&name, &found)))?;
        let is_of_name = DeltaFile::new(pipeline, of_path.partition, &content(&stored)?.sha256) == of_path;
        if !is_of_name {
            return Err(LoadError::damaged(
                &name,
                DamageCause::Content("it has another content than its name tells"),
            ));
        }
        files.push(TableFile::listed(of_path.partition, stored).placed(Place::Delta { seq }));
    }
    files.sort_unstable_by_key(|file| file.partition);
    Ok(Some(files))
}
