//! Which files of a table hold rows of which groups, as of a conversation, so that a merge opens only the files it touches,
//! and yet finds rows in whichever partition they are.
//!
//! For each table and month an object below `_convolake/<pipeline>/index/` holds for each file hashes of its groups.
//! It is derived: what it says of a file counts only for the very file that it was read from, and a file
//! it says nothing of is opened. So whatever becomes of it, it may be lost or left behind by a run that died: the next merge
//! opens more files, and sets it right.

mod group_hashes;
mod month;
mod keep;

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};

use crate::LoadError;
use crate::index::month::Month;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::table::file::TableFile;
use crate::table::layout::TableLayout;

pub(crate) use crate::index::group_hashes::{GroupHasher, GroupHashes, TouchedGroups};
pub(crate) use crate::index::keep::{Published, keep};

/// Months that are read at once, and held in memory.
const MONTHS_AT_ONCE: usize = 4;

/// Months of which the index does not know all files.
pub(crate) type StaleMonths = BTreeSet<String>;

/// Marks the files that hold no row of the groups touched.
pub(crate) fn rule_out(
    lake: &LakeStorage,
    pipeline: &str,
    layout: &TableLayout,
    files: &mut [TableFile],
    touched: &TouchedGroups,
) -> Result<StaleMonths, LoadError> {
    let mut stale = StaleMonths::new();
    let Some(touched) = touched.few() else { return Ok(stale) };
    let mut months: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        months.entry(file.partition.month()).or_default().push(at);
    }
    block_on(async {
        let mut indexes = stream::iter(months)
            .map(|(month, of_month)| async move {
                let read = Month::read(lake, pipeline, layout, &month).await?;
                Ok::<_, LoadError>((month, of_month, read.index))
            })
            .buffer_unordered(MONTHS_AT_ONCE);
        while let Some((month, of_month, index)) = indexes.try_next().await? {
            for at in of_month {
                let file = &mut files[at];
                match index.file(&file.partition.file(), file.version()) {
                    Some(groups) => file.is_touched = groups.meet(touched),
                    None => {
                        stale.insert(month.clone());
                    }
                }
            }
        }
        Ok::<_, LoadError>(())
    })?;
    let n_touched = files.iter().filter(|file| file.is_touched).count();
    tracing::debug!(table = layout.name, files = files.len(), n_touched, "asked the index");
    Ok(stale)
}
