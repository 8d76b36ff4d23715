//! The way from a lake whose commits name no files: they are listed, once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::publish::commit::{Commit, CommittedTable};
use crate::publish::next_commit::seq_after;
use crate::snapshot::{FileEntry, ManifestRef, SummaryColumns, table_snapshot};
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::storage::locked::locked;
use crate::table::file;
use crate::table::file::TableFile;
use crate::table::layout::TableLayout;
use crate::{LoadError, paths};

/// Files that are read at once.
const FILES_AT_ONCE: usize = 4;
/// Files that are summed up before manifests are written of them, so that memory does not grow with the lake.
const FILES_A_PORTION: usize = 2048;

/// The tables that a load or a commit begins from, as the next commit is to name them: where the newest one names no files of a
/// table, those that lie in its folder, listed in manifests for the commit that follows. Of tables whose layout is not known
/// manifests do not tell the groups; the first load that has to do with them adds these. Tables that are `rebuilt` are not listed.
pub(crate) fn tables_with_manifests(
    lake: &LakeStorage,
    pipeline: &str,
    head: Option<&Commit>,
    layouts: &[TableLayout],
    rebuilt: &[TableLayout],
) -> Result<BTreeMap<String, CommittedTable>, LoadError> {
    let mut tables = head.map(|head| head.tables.clone()).unwrap_or_default();
    let names_files = head.is_some_and(Commit::names_files);
    let seq = seq_after(head);
    for layout in layouts {
        // Files that were brought there without a commit are taken for the table's, once.
        if !tables.contains_key(&layout.name) {
            let manifests = list(lake, pipeline, &layout.name, Some(layout), seq)?;
            let table = CommittedTable { manifests, ..CommittedTable::after(None, layout) };
            tables.insert(layout.name.clone(), table);
        }
    }
    if names_files || head.is_none() {
        return Ok(tables);
    }
    tracing::info!(pipeline, "listing the table files once, as the lake's commits do not name them yet");
    for (name, table) in &mut tables {
        let is_known = head.is_some_and(|head| head.tables.contains_key(name));
        if is_known && !rebuilt.iter().any(|layout| layout.name == *name) {
            let layout = layouts.iter().find(|layout| layout.name == *name);
            table.manifests = list(lake, pipeline, name, layout, seq)?;
        }
    }
    Ok(tables)
}

/// Removes what releases kept of groups whose commits named no files.
pub(crate) fn remove_index(lake: &LakeStorage, pipeline: &str) -> Result<(), LoadError> {
    let listed = block_on(lake.list(&paths::index(pipeline)))?;
    block_on(lake.remove(listed.into_iter().map(|listed| listed.name).collect()))
}

fn list(
    lake: &LakeStorage,
    pipeline: &str,
    table: &str,
    layout: Option<&TableLayout>,
    seq: u64,
) -> Result<Vec<ManifestRef>, LoadError> {
    let files = file::list(lake, table, pipeline)?;
    let columns = layout.map(SummaryColumns::of).unwrap_or_default();
    let mut manifests = Vec::new();
    for portion in files.chunks(FILES_A_PORTION) {
        file::fetch_footers(portion);
        let entries = sum_up(layout, portion)?;
        manifests.extend(table_snapshot::write(lake, pipeline, table, &columns, entries, seq)?);
    }
    Ok(manifests)
}

/// What a manifest says of these files, in their order.
fn sum_up(layout: Option<&TableLayout>, files: &[TableFile]) -> Result<Vec<FileEntry>, LoadError> {
    let next = Mutex::new(files.iter());
    let done = Mutex::new(Vec::with_capacity(files.len()));
    let work = || {
        while let Some(file) = { locked(&next).next() } {
            let entry = FileEntry::of_listed(layout, file);
            let is_failed = entry.is_err();
            locked(&done).push(entry);
            if is_failed {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..FILES_AT_ONCE.min(files.len()) {
            scope.spawn(work);
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut entries = done.into_iter().collect::<Result<Vec<FileEntry>, LoadError>>()?;
    entries.sort_unstable_by_key(|entry| entry.partition);
    Ok(entries)
}
