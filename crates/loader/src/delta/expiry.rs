//! Versions and checkpoints of a log that nobody reads any more, since a checkpoint stands for them.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::delta::log::{Log, number};
use crate::storage::blocking::block_on;
use crate::storage::{LakeStorage, Listed};
use crate::{Lease, LoadError, paths};

/// How long versions stay before a checkpoint takes their place, as is usual in Delta.
const LOG_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Removes expired objects of a table's log, the oldest first and at most so many; gives how many. Where `lease` is `None`, it only counts them. A table
/// that somebody else has changed, or that has no log, is left as it is.
///
/// Others may publish meanwhile: what they read is the newest checkpoint, and what came after it. Who was to point to an expired one would have
/// stood still for a month.
///
/// # Errors
/// [`LoadError::DeltaLog`]; the store's refusal; [`LoadError::LeaseLost`].
pub(crate) fn expire(
    lake: &LakeStorage,
    table: &str,
    lease: Option<&Lease>,
    now: Timestamp,
    most: usize,
) -> Result<u64, LoadError> {
    let log = Log { lake, table };
    // What lies there is listed first: what comes to it afterwards is in no danger.
    let listed = block_on(lake.list(&paths::delta_log(table)))?;
    let mut void = expired(&log, &listed, now)?;
    void.truncate(most);
    let is_ours = !void.is_empty() && block_on(log.read())?.is_some_and(|state| state.foreign.is_none());
    if !is_ours {
        return Ok(0);
    }
    let n_void = void.len() as u64;
    if let Some(lease) = lease {
        lake.step("remove versions of the Delta log")?;
        lease.check()?;
        block_on(async {
            lease.confirm().await?;
            lake.remove(void).await
        })?;
    }
    Ok(n_void)
}

/// The names of the expired objects among those of a log, the oldest first.
pub(super) fn expired(log: &Log<'_>, of_log: &[Listed], now: Timestamp) -> Result<Vec<String>, LoadError> {
    let before = now.checked_sub(LOG_KEPT).unwrap_or(Timestamp::MIN);
    let has_old = of_log.iter().any(|listed| listed.written_at.is_some_and(|written| written < before));
    let pointed = if has_old { block_on(log.pointed())? } else { None };
    Ok(pointed.map(|pointed| void_log(of_log, before, pointed)).unwrap_or_default())
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
