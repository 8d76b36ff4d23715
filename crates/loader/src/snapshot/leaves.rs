//! Which manifests of a table are written again for a change, and how files are shared out among them. Pure.
//!
//! Manifests are kept as the leaves of a B-tree are: each lists the files of a range of partitions, a change touches those in
//! whose range it falls, one that grows is split, and small neighbours of one that is written again are taken in.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::snapshot::entry::FileEntry;
use crate::snapshot::manifest::ManifestRef;
use crate::table::partition::Partition;

/// A manifest of more JSON is split.
const MAX_BYTES: u64 = if cfg!(test) { 2_000 } else { 1 << 20 };

/// Adjacent manifests, and the changes that fall in their ranges; they stay as they are where there are none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Leaves {
    /// Which of the manifests.
    pub(crate) range: Range<usize>,
    pub(crate) changes: BTreeMap<Partition, FileEntry>,
    /// The JSON of the manifests and the changes, about.
    size: u64,
}

/// Shares changes out among the manifests of a table.
pub(crate) fn share_out(manifests: &[ManifestRef], changes: BTreeMap<Partition, FileEntry>) -> Vec<Leaves> {
    let starts: Vec<Option<Partition>> =
        manifests.iter().map(|named| named.range().map(|(first, _)| first)).collect();
    let mut of_leaf: BTreeMap<usize, BTreeMap<Partition, FileEntry>> = BTreeMap::new();
    for (partition, entry) in changes {
        let leaf = starts.partition_point(|first| first.is_none_or(|first| first <= partition));
        of_leaf.entry(leaf.saturating_sub(1)).or_default().insert(partition, entry);
    }
    let n_leaves = manifests.len().max(usize::from(!of_leaf.is_empty()));
    let mut all: Vec<Leaves> = Vec::new();
    for at in 0..n_leaves {
        let changes = of_leaf.remove(&at).unwrap_or_default();
        let size = manifests.get(at).map_or(0, |named| named.size);
        let size = size + changes.values().map(json_bytes).sum::<u64>();
        let range = at..(at + 1).min(manifests.len());
        match all.last_mut() {
            // Half of what fits, or the next change would split them again.
            Some(before)
                if !(before.changes.is_empty() && changes.is_empty())
                    && before.size + size <= MAX_BYTES / 2 =>
            {
                before.range.end = range.end;
                before.changes.extend(changes);
                before.size += size;
            }
            _ => all.push(Leaves { range, changes, size }),
        }
    }
    all
}

/// Files in portions for a manifest each, of about equal size.
pub(crate) fn split(files: Vec<FileEntry>) -> Vec<Vec<FileEntry>> {
    let sizes: Vec<u64> = files.iter().map(json_bytes).collect();
    let total: u64 = sizes.iter().sum();
    let target = total / total.div_ceil(MAX_BYTES).max(1);
    let (mut portions, mut bytes) = (vec![Vec::new()], 0);
    for (entry, size) in files.into_iter().zip(sizes) {
        if bytes > 0 && bytes + size / 2 > target {
            portions.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(last) = portions.last_mut() {
            last.push(entry);
        }
    }
    portions.retain(|portion| !portion.is_empty());
    portions
}

fn json_bytes(entry: &FileEntry) -> u64 {
    serde_json::to_vec(entry).map_or(0, |json| json.len() as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::snapshot::entry::FileSummary;
    use crate::table::place::Place;

    fn entry(day: i32, version: u64) -> (Partition, FileEntry) {
        let partition = Partition::of_day(convolake_model::PartitionBy::Day, Some(day), 0);
        let (sha256, summary) = (format!("{version:064}"), FileSummary::default());
        (
            partition,
            FileEntry {
                partition,
                place: Place::Plain,
                rows: version,
                bytes: 1,
                sha256,
                stamp: None,
                summary,
            },
        )
    }

    fn named(files: &[FileEntry]) -> ManifestRef {
        let name = |entry: &FileEntry| entry.partition.file();
        ManifestRef {
            name: String::new(),
            first: files.first().map(name).unwrap(),
            last: files.last().map(name).unwrap(),
            files: files.len() as u64,
            rows: 0,
            bytes: 0,
            largest: 0,
            size: files.iter().map(json_bytes).sum(),
            scopes: None,
        }
    }

    proptest! {
        /// Manifests of any history list the files that a plain map of them has, in order, and are neither too large nor too
        /// small; those in whose range nothing changes stay, unless they are taken in by a neighbour.
        #[test]
        fn manifests_list_what_was_written(
            history in prop::collection::vec(prop::collection::btree_set(0i32..80, 0..12), 1..20),
        ) {
            let mut expected: BTreeMap<Partition, FileEntry> = BTreeMap::new();
            let mut manifests: Vec<Vec<FileEntry>> = Vec::new();
            for (version, days) in (1..).zip(history) {
                let changes: BTreeMap<_, _> = days.iter().map(|day| entry(*day, version)).collect();
                expected.extend(changes.clone());
                let refs: Vec<ManifestRef> = manifests.iter().map(|files| named(files)).collect();
                let n_changes = changes.len();
                let mut after = Vec::new();
                let mut n_written = 0;
                for leaves in share_out(&refs, changes) {
                    let files = manifests[leaves.range.clone()].concat();
                    if leaves.changes.is_empty() {
                        prop_assert_eq!(leaves.range.len(), 1);
                        after.push(files);
                        continue;
                    }
                    let mut files: BTreeMap<_, _> =
                        files.into_iter().map(|entry| (entry.partition, entry)).collect();
                    files.extend(leaves.changes);
                    let portions = split(files.into_values().collect());
                    n_written += portions.len();
                    after.extend(portions);
                }
                manifests = after;
                prop_assert!(n_written <= 2 * n_changes + 1, "{} for {} changes", n_written, n_changes);
                prop_assert!(manifests.concat().iter().eq(expected.values()));
                prop_assert!(manifests.iter().all(|files| named(files).size <= MAX_BYTES + MAX_BYTES / 4));
            }
            let total: u64 = manifests.iter().map(|files| named(files).size).sum();
            prop_assert!((manifests.len() as u64) <= 2 + 8 * total / MAX_BYTES, "{} of {}", manifests.len(), total);
        }
    }
}
