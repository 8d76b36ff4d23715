//! Rows of units that come once, placed without a fold.

use crate::LoadError;
use crate::resolve::batch_columns::{BatchColumns, columns_of_batches, record_ranges};
use crate::resolve::row_placer::RowPlacer;
use crate::resolve::told::{FirstGaveWay, GaveWayCount};
use crate::rows::batch::VersionedBatch;
use crate::rows::cells::{Cells, HashedBuilder, hash_of, rows_equal};
use crate::rows::hashes::Hashes;
use crate::rows::key_interner::KeyInterner;
use crate::spill::placed_range::PlacedRange;
use crate::table::layout::TableLayout;

/// Places all rows as they are, but for those of `contested` units, which are left to the fold. Of rows with one key in one
/// record the last counts, and the others are left out here, while rows have the order of their record, and counted in
/// `gave_way` where they differ. `note` is called with the hash of each unit.
pub(crate) fn place_uncontested(
    layout: &TableLayout,
    batches: &[VersionedBatch],
    contested: &Hashes,
    mut note: impl FnMut(u64),
    gave_way: &mut GaveWayCount,
) -> Result<Vec<PlacedRange>, LoadError> {
    let batch_columns = columns_of_batches(layout, batches)?;
    let mut placer = RowPlacer::new(&batch_columns, layout.buckets);
    let mut distinct_keys = DistinctKeys::default();
    for (at, columns) in (0u32..).zip(&batch_columns) {
        for (first, len) in record_ranges(columns.batch, &columns.unit) {
            let rows = first..first + len;
            let unit_of_record = hash_of(&columns.unit, first as usize, 0);
            if !layout.unit_is_key() {
                note(unit_of_record);
                if contested.contains(&unit_of_record) {
                    continue;
                }
            }
            let last = match distinct_keys.are_distinct(columns, rows.clone()) {
                true => None,
                false => last_of_each_key(columns, rows.clone()),
            };
            for row in rows {
                if let Some(last) = &last
                    && let Some(stays) = last.get(&row).filter(|stays| **stays != row)
                {
                    let unit = || hash_of(&columns.unit, row as usize, 0);
                    let is_folded = layout.unit_is_key() && contested.contains(&unit());
                    let (row, stays) = (row as usize, *stays as usize);
                    if !is_folded && !rows_equal(&columns.content, row, &columns.content, stays) {
                        let version = columns.batch.version[row];
                        gave_way.note(|| {
                            FirstGaveWay::of(layout, (columns, row), version, Some((columns, stays)))
                        });
                    }
                    continue;
                }
                if layout.unit_is_key() {
                    let unit =
                        if len == 1 { unit_of_record } else { hash_of(&columns.unit, row as usize, 0) };
                    note(unit);
                    if contested.contains(&unit) {
                        continue;
                    }
                }
                let is_same_unit = row > first && !layout.unit_is_key();
                let partition = placer.partition(at, row);
                placer.place(partition, at, row, false, is_same_unit);
            }
        }
    }
    Ok(placer.finish())
}

/// For each of a record's rows, the last with the same key; `None` where each key is there once.
fn last_of_each_key(
    columns: &BatchColumns<'_>,
    rows: std::ops::Range<u32>,
) -> Option<std::collections::BTreeMap<u32, u32>> {
    let mut keys = KeyInterner::default();
    let mut last = Vec::with_capacity(rows.len());
    let mut ids = Vec::with_capacity(rows.len());
    for row in rows.clone() {
        let same_key =
            |other: (u32, u32)| rows_equal(&columns.key, row as usize, &columns.key, other.1 as usize);
        let id = keys.id(hash_of(&columns.key, row as usize, 0), (0, row), same_key) as usize;
        last.resize(keys.len(), row);
        last[id] = row;
        ids.push(id);
    }
    (last.len() < rows.len()).then(|| rows.zip(ids.into_iter().map(|id| last[id])).collect())
}

/// Looks for keys that a record has twice; its memory serves all records.
#[derive(Default)]
pub(crate) struct DistinctKeys {
    hashes: std::collections::HashSet<u64, HashedBuilder>,
}

impl DistinctKeys {
    /// True where rows of one parent surely have different keys.
    pub(crate) fn are_distinct(
        &mut self,
        columns: &BatchColumns<'_>,
        mut rows: std::ops::Range<u32>,
    ) -> bool {
        if rows.len() < 2 || ascend(&columns.key_within_unit, rows.start as usize..rows.end as usize) {
            return true;
        }
        self.hashes.clear();
        rows.all(|row| self.hashes.insert(hash_of(&columns.key_within_unit, row as usize, 0)))
    }
}

/// True where each of these rows has a greater key than the one before, as nearly always, and so a different one.
fn ascend(key: &[Cells<'_>], rows: std::ops::Range<usize>) -> bool {
    let [key] = key else { return false };
    rows.clone().zip(rows.skip(1)).all(|(row, next)| key.ascends(row, next))
}
