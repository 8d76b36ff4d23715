//! What processes were writing on a disk when they were killed: no name of the lake, and never read.

use jiff::{SignedDuration, Timestamp};

use crate::lease::Lease;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::{LoadError, paths};

/// A process that still writes is not so slow. Objects that all pipelines write, as Delta logs, are of others, too.
const AGE: SignedDuration = SignedDuration::from_hours(24);

/// Removes them where a pipeline writes, if the lease is held; gives how many there are.
pub(crate) fn sweep(
    lake: &LakeStorage,
    pipeline: &str,
    lease: Option<&Lease>,
    now: Timestamp,
) -> Result<u64, LoadError> {
    let before = now.checked_sub(AGE).unwrap_or(Timestamp::MIN);
    let folders = [
        paths::raw_pipeline(pipeline),
        paths::state(pipeline),
        paths::quarantine_of_pipeline(pipeline),
        paths::DELTA.to_owned(),
    ];
    let mut void = Vec::new();
    for folder in &folders {
        let left = block_on(lake.unfinished(folder))?.into_iter();
        let is_old = |written_at: Option<Timestamp>| written_at.is_some_and(|written| written < before);
        void.extend(left.filter(|left| is_old(left.written_at)).map(|left| left.name));
    }
    if let Some(lease) = lease.filter(|_| !void.is_empty()) {
        lake.step("remove what was never finished")?;
        lease.check()?;
        lake.remove_unfinished(&void)?;
    }
    Ok(void.len() as u64)
}
