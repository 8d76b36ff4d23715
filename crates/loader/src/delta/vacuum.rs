//! The only deleter of the Delta tree: files that are of no table any more, and log objects that nobody reads.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::delta::expiry::expired;
use crate::delta::log::Log;
use crate::delta::state::TableState;
use crate::publish::commit;
use crate::storage::blocking::block_on;
use crate::storage::{LakeStorage, Listed};
use crate::table::expected_file::OnNewer;
use crate::{Lease, LoadError, paths};

/// The least time that files stay for readers of earlier versions.
pub(crate) const LEAST_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What was removed, or would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Vacuumed {
    /// Files that are of the table no more.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
    /// Versions and checkpoints that a later checkpoint stands for.
    pub log_objects: u64,
}

/// Clears a table, under the leases of all pipelines.
pub(crate) fn vacuum(
    lake: &LakeStorage,
    table: &str,
    leases: &[Lease],
    now: Timestamp,
    kept_for: SignedDuration,
) -> Result<Vacuumed, LoadError> {
    let pipelines: Vec<&str> = leases.iter().map(Lease::pipeline).collect();
    let (done, names) = void(lake, table, &pipelines, now, kept_for)?;
    if !names.is_empty() {
        lake.step("remove files of the Delta tree")?;
        for lease in leases {
            lease.check()?;
            block_on(lease.confirm())?;
        }
        block_on(lake.remove(names))?;
        block_on(lake.remove_empty_folders(&paths::delta_table(table)))?;
    }
    Ok(done)
}

/// What a vacuum of a table of these pipelines, which are all there are, would remove, and the names of it.
pub(crate) fn void(
    lake: &LakeStorage,
    table: &str,
    pipelines: &[&str],
    now: Timestamp,
    kept_for: SignedDuration,
) -> Result<(Vacuumed, Vec<String>), LoadError> {
    let log = Log { lake, table };
    // What lies there is listed first: what comes to it afterwards is in no danger.
    let listed = block_on(lake.list(&paths::delta_table(table)))?;
    let Some(state) = block_on(log.read())? else {
        return Ok((Vacuumed::default(), Vec::new()));
    };
    log.refuse_foreign(&state)?;
    let named = named_only_here(lake, table, pipelines)?;
    let before = now.checked_sub(kept_for.max(LEAST_KEPT)).unwrap_or(Timestamp::MIN);
    let (of_log, files): (Vec<Listed>, Vec<Listed>) =
        listed.into_iter().partition(|listed| listed.name.starts_with(&paths::delta_log(table)));
    let prefix = format!("{}/", paths::delta_table(table));
    let is_void = |listed: &&Listed| {
        let path = listed.name.strip_prefix(&prefix).unwrap_or_default();
        !named.contains(&listed.name) && is_void(&state, path, listed.written_at, before)
    };
    let void: Vec<&Listed> = files.iter().filter(is_void).collect();
    let void_log = expired(&log, &of_log, now)?;
    let done = Vacuumed {
        files: void.len() as u64,
        bytes: void.iter().map(|listed| listed.n_bytes).sum(),
        log_objects: void_log.len() as u64,
    };
    let names = void.into_iter().map(|listed| listed.name.clone()).chain(void_log);
    Ok((done, names.collect()))
}

/// The files that the newest commits name in the tree itself: they lie nowhere else, whether the log tells of them yet or not.
fn named_only_here(
    lake: &LakeStorage,
    table: &str,
    pipelines: &[&str],
) -> Result<BTreeSet<String>, LoadError> {
    let mut named = BTreeSet::new();
    for pipeline in pipelines {
        let head = block_on(commit::head(lake, pipeline))?;
        let of_table = head.as_ref().filter(|head| head.tables.contains_key(table));
        let Some(snapshot) = of_table.and_then(|head| head.snapshot(lake, pipeline, table, OnNewer::Refuse))
        else {
            continue;
        };
        snapshot.each_manifest(|manifest| {
            let only_here = manifest.files.iter().filter(|entry| !entry.place.is_plain());
            named.extend(only_here.map(|entry| entry.name(table, pipeline)));
            Ok(())
        })?;
    }
    Ok(named)
}

/// True for a file below a table's folder that was neither of the table nor written since `before`.
fn is_void(state: &TableState, path: &str, written_at: Option<Timestamp>, before: Timestamp) -> bool {
    // Names that begin so are no files of a table, by the protocol.
    if state.files.contains_key(path) || path.split('/').any(|part| part.starts_with(['_', '.'])) {
        return false;
    }
    let removed_ms = state.removed.get(path).map(|remove| remove.deletion_timestamp.unwrap_or(i64::MAX));
    let is_long_removed = removed_ms.is_none_or(|removed| removed < before.as_millisecond());
    is_long_removed && written_at.is_some_and(|written| written < before)
}
