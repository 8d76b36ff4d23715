//! Many sorted runs become few, so that what is merged at once fits in memory however much was spilled.

use std::collections::BTreeMap;
use std::path::Path;

use crate::LoadError;
use crate::spill::sorted_run::SortedRun;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;

/// Merges adjacent runs until no partition draws on more than `max_fan_in`: of each a batch is in memory.
pub(crate) fn limit(
    layout: &TableLayout,
    folder: &Path,
    mut runs: Vec<SortedRun>,
    max_fan_in: usize,
) -> Result<Vec<SortedRun>, LoadError> {
    let mut n_runs = runs.len();
    while fan_in(&runs) > max_fan_in {
        tracing::debug!(table = layout.name, runs = runs.len(), "merging spilled runs to fewer");
        let mut fewer = Vec::new();
        let mut rest = runs.into_iter().peekable();
        while rest.peek().is_some() {
            let group: Vec<SortedRun> = rest.by_ref().take(max_fan_in).collect();
            fewer.push(SortedRun::merge(layout, SortedRun::path(folder, n_runs), &group)?);
            n_runs += 1;
            group.into_iter().try_for_each(SortedRun::remove)?;
        }
        runs = fewer;
    }
    Ok(runs)
}

/// The most runs that have rows of one partition.
fn fan_in(runs: &[SortedRun]) -> usize {
    let mut counts: BTreeMap<Partition, usize> = BTreeMap::new();
    for (partition, _) in runs.iter().flat_map(SortedRun::partitions) {
        *counts.entry(partition).or_default() += 1;
    }
    counts.into_values().max().unwrap_or_default()
}
