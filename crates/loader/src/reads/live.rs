//! Which files a table has at this moment.

use crate::publish::commit;
use crate::publish::commit::Commit;
use crate::snapshot::TableSnapshot;
use crate::storage::LakeStorage;
use crate::table::expected_file::OnNewer;
use crate::table::file;
use crate::table::file::TableFile;
use crate::{LoadError, paths};

/// How often a reader that a run has overtaken begins anew.
const MAX_TRIES: u32 = 5;

/// The files of a table.
pub(crate) enum LiveFiles {
    /// As the newest commit names them.
    Committed(TableSnapshot),
    /// As they lie in the table's folder: of a lake whose newest commit names no files, or that has none.
    Listed(Vec<TableFile>),
}

/// Reads of the files of a table as the newest commit names them, and once more where another commit comes in between.
pub(crate) fn of_newest<T>(
    lake: &LakeStorage,
    pipeline: &str,
    table: &str,
    mut read: impl FnMut(LiveFiles) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    let mut head = commit::current(lake, pipeline)?;
    of_commit(lake, pipeline, &mut head, table, &mut read)
}

/// [`of_newest`], where the newest commit was read already: it is read again where another comes in between.
pub(crate) fn of_commit<T>(
    lake: &LakeStorage,
    pipeline: &str,
    head: &mut Option<Commit>,
    table: &str,
    mut read: impl FnMut(LiveFiles) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    paths::name("the table", table)?;
    let mut n_tries = 1;
    loop {
        let snapshot = head.as_ref().and_then(|head| head.snapshot(lake, pipeline, table, OnNewer::Follow));
        let live = match snapshot {
            Some(snapshot) => LiveFiles::Committed(snapshot),
            None => LiveFiles::Listed(file::list(lake, table, pipeline)?),
        };
        match read(live) {
            Err(LoadError::Overtaken { .. }) if n_tries < MAX_TRIES => {
                n_tries += 1;
                *head = commit::current(lake, pipeline)?;
            }
            other => return other,
        }
    }
}
