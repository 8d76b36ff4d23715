//! The index is brought up to what was published.

use std::collections::{BTreeMap, BTreeSet};

use crate::LoadError;
use crate::index::StaleMonths;
use crate::index::group_hashes::GroupHashes;
use crate::index::month::{IndexedFile, Month};
use crate::storage::blocking::block_on;
use crate::storage::{LakeStorage, ObjectVersion};
use crate::table::file::TableFile;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;

/// A file that was published.
pub(crate) struct Published {
    pub(crate) partition: Partition,
    /// What tells it from others under its name; `None` where that is not known.
    pub(crate) stamp: Option<ObjectVersion>,
    /// The groups of its rows, where these are known.
    pub(crate) groups: Option<GroupHashes>,
}

/// Brings the index up to date: with what was published, and in stale months with all files that stood there before.
pub(crate) fn keep(
    lake: &LakeStorage,
    pipeline: &str,
    layout: &TableLayout,
    before: &[TableFile],
    stale: &StaleMonths,
    published: &[Published],
) -> Result<(), LoadError> {
    let mut months: StaleMonths = published.iter().map(|file| file.partition.month()).collect();
    months.extend(stale.iter().cloned());
    let replaced: BTreeSet<Partition> = published.iter().map(|file| file.partition).collect();
    for month in &months {
        let read = block_on(Month::read(lake, pipeline, layout, month))?;
        let mut files = BTreeMap::new();
        let mut add = |partition: Partition, stamp: Option<ObjectVersion>, groups| {
            if let (Some(stamp), Some(groups)) = (stamp, groups) {
                files.insert(partition.file(), IndexedFile { stamp, groups });
            }
        };
        let of_month = |partition: &Partition| partition.month() == *month;
        for file in before.iter().filter(|file| of_month(&file.partition)) {
            if replaced.contains(&file.partition) {
                continue;
            }
            let stamp = Some(file.version().clone());
            let groups = match read.index.file(&file.partition.file(), file.version()) {
                Some(known) => Some(known.clone()),
                None if stale.contains(month) => GroupHashes::of(layout, &file.file)?,
                None => None,
            };
            add(file.partition, stamp, groups);
        }
        for file in published.iter().filter(|file| of_month(&file.partition)) {
            add(file.partition, file.stamp.clone(), file.groups.clone());
        }
        let mut index = read.index;
        index.set(files);
        lake.step("write an index")?;
        block_on(index.write(lake, pipeline, layout, month, read.replaces))?;
    }
    Ok(())
}
