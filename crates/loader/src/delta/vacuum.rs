//! The only deleter of the Delta tree: files that are of no table any more, and log objects that nobody reads.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::delta::log::{Log, number};
use crate::delta::state::TableState;
use crate::publish::commit;
use crate::storage::blocking::block_on;
use crate::storage::{LakeStorage, Listed};
use crate::table::expected_file::OnNewer;
use crate::{Lease, LoadError, paths};

/// The least time that files stay for readers of earlier versions.
pub(crate) const LEAST_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long versions stay before a checkpoint takes their place, as is usual in Delta.
const LOG_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Whether anything is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VacuumMode {
    /// It is only told what would be.
    Tell,
    /// It is.
    Do,
}

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
    mode: VacuumMode,
) -> Result<Vacuumed, LoadError> {
    let log = Log { lake, table };
    // What lies there is listed first: what comes to it afterwards is in no danger.
    let listed = block_on(lake.list(&paths::delta_table(table)))?;
    let Some(state) = block_on(log.read())? else { return Ok(Vacuumed::default()) };
    log.refuse_foreign(&state)?;
    let named = named_only_here(lake, table, leases)?;
    let before = now.checked_sub(kept_for.max(LEAST_KEPT)).unwrap_or(Timestamp::MIN);
    let log_before = now.checked_sub(LOG_KEPT).unwrap_or(Timestamp::MIN);
    let (of_log, files): (Vec<Listed>, Vec<Listed>) =
        listed.into_iter().partition(|listed| listed.name.starts_with(&paths::delta_log(table)));
    let prefix = format!("{}/", paths::delta_table(table));
    let is_void = |listed: &&Listed| {
        let path = listed.name.strip_prefix(&prefix).unwrap_or_default();
        !named.contains(&listed.name) && is_void(&state, path, listed.written_at, before)
    };
    let void: Vec<&Listed> = files.iter().filter(is_void).collect();
    let pointed = block_on(log.pointed())?;
    let void_log = pointed.map(|pointed| void_log(&of_log, log_before, pointed)).unwrap_or_default();
    let done = Vacuumed {
        files: void.len() as u64,
        bytes: void.iter().map(|listed| listed.n_bytes).sum(),
        log_objects: void_log.len() as u64,
    };
    if mode == VacuumMode::Do {
        let names: Vec<String> = void.into_iter().map(|listed| listed.name.clone()).chain(void_log).collect();
        if !names.is_empty() {
            lake.step("remove files of the Delta tree")?;
            for lease in leases {
                lease.check()?;
                block_on(lease.confirm())?;
            }
            block_on(lake.remove(names))?;
            block_on(lake.remove_empty_folders(&paths::delta_table(table)))?;
        }
    }
    Ok(done)
}

/// The files that the newest commits name in the tree itself: they lie nowhere else, whether the log tells of them yet or not.
fn named_only_here(lake: &LakeStorage, table: &str, leases: &[Lease]) -> Result<BTreeSet<String>, LoadError> {
    let mut named = BTreeSet::new();
    for lease in leases {
        let pipeline = lease.pipeline();
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

/// The versions and checkpoints before the newest checkpoint that is older than `before` itself, and no newer than the one that is `pointed` to:
/// where the versions it stands for are gone, a reader that looks there first has to find it (trino#22748, delta-kernel-rs#582,
/// delta-rs#2174).
fn void_log(of_log: &[Listed], before: Timestamp, pointed: u64) -> Vec<String> {
    let of =
        |listed: &Listed, ending: &str| number(listed.name.rsplit('/').next().unwrap_or_default(), ending);
    let is_old = |listed: &&Listed| listed.written_at.is_some_and(|written| written < before);
    let old_versions: BTreeSet<u64> =
        of_log.iter().filter(is_old).filter_map(|listed| of(listed, ".json")).collect();
    let checkpoints = of_log.iter().filter_map(|listed| of(listed, ".checkpoint.parquet"));
    let Some(kept) =
        checkpoints.filter(|version| *version <= pointed && old_versions.contains(version)).max()
    else {
        return Vec::new();
    };
    let number = |listed: &Listed| of(listed, ".json").or_else(|| of(listed, ".checkpoint.parquet"));
    let is_void = |listed: &&Listed| number(listed).is_some_and(|version| version < kept);
    of_log.iter().filter(is_void).map(|listed| listed.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_what_readers_are_pointed_to() {
        let second = |second| Timestamp::from_second(second).unwrap();
        let listed = |name: String, written| Listed {
            name,
            n_bytes: 1,
            version: None,
            written_at: Some(second(written)),
        };
        let mut log: Vec<Listed> =
            (0..=25).map(|version| listed(paths::delta_version("t", version), 10 * version as i64)).collect();
        log.extend(
            [10, 20].map(|version| listed(paths::delta_checkpoint("t", version), 10 * version as i64)),
        );
        let kept_from = |before, pointed| {
            let void = void_log(&log, second(before), pointed);
            let versions = void.iter().filter_map(|name| number(name.rsplit('/').next().unwrap(), ".json"));
            (versions.max().map_or(0, |version| version + 1), void.len())
        };
        // Of checkpoints only those that are older than a month themselves.
        assert_eq!(kept_from(90, 20), (0, 0));
        assert_eq!(kept_from(150, 20), (10, 10));
        assert_eq!(kept_from(900, 20), (20, 21));
        // Whoever of two pipelines points last may point to the older one.
        assert_eq!(kept_from(900, 10), (10, 10));
    }
}
