//! Many runs become few, so that what is merged at once fits in memory however much was spilled.

use std::collections::BTreeMap;
use std::path::Path;

use super::run::Run;
use super::shape::Shape;
use crate::LoadError;
use crate::partition::Partition;

/// Runs that are merged at once: a batch of each, half a MiB at most, is in memory, and two files are written side by side.
const MAX_FAN_IN: usize = if cfg!(test) { 3 } else { 64 };

/// Merges runs that stand side by side until no partition draws on more than [`MAX_FAN_IN`].
pub(crate) fn limit(shape: &Shape, folder: &Path, mut runs: Vec<Run>) -> Result<Vec<Run>, LoadError> {
    let mut n_runs = runs.len();
    while fan_in(&runs) > MAX_FAN_IN {
        tracing::debug!(table = shape.name, runs = runs.len(), "merging spilled runs to fewer");
        let mut fewer = Vec::new();
        let mut rest = runs.into_iter().peekable();
        while rest.peek().is_some() {
            let group: Vec<Run> = rest.by_ref().take(MAX_FAN_IN).collect();
            fewer.push(Run::merge(shape, Run::path(folder, n_runs), &group)?);
            n_runs += 1;
            group.into_iter().try_for_each(Run::remove)?;
        }
        runs = fewer;
    }
    Ok(runs)
}

/// The most runs that have rows of one partition.
fn fan_in(runs: &[Run]) -> usize {
    let mut counts: BTreeMap<Partition, usize> = BTreeMap::new();
    for (partition, _) in runs.iter().flat_map(Run::partitions) {
        *counts.entry(partition).or_default() += 1;
    }
    counts.into_values().max().unwrap_or_default()
}
