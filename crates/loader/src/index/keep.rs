use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::LoadError;
use crate::index::StaleMonths;
use crate::index::conversations::Conversations;
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
    /// Whose rows it holds, where that is known.
    pub(crate) conversations: Option<Conversations>,
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
        let mut add = |partition: Partition, stamp: Option<ObjectVersion>, conversations| {
            if let (Some(stamp), Some(conversations)) = (stamp, conversations) {
                files.insert(partition.file(), IndexedFile { stamp, conversations });
            }
        };
        let of_month = |partition: &Partition| partition.month() == *month;
        for file in before.iter().filter(|file| of_month(&file.partition)) {
            if replaced.contains(&file.partition) {
                continue;
            }
            let stamp = Some(file.version().clone());
            let conversations = match read.index.file(&file.partition.file(), file.version()) {
                Some(known) => Some(known.clone()),
                None if stale.contains(month) => Conversations::of(layout, &file.file)?,
                None => None,
            };
            add(file.partition, stamp, conversations);
        }
        for file in published.iter().filter(|file| of_month(&file.partition)) {
            add(file.partition, file.stamp.clone(), file.conversations.clone());
        }
        let mut index = read.index;
        index.set(files);
        lake.step("write an index")?;
        block_on(index.write(lake, pipeline, layout, month, read.replaces))?;
    }
    Ok(())
}
