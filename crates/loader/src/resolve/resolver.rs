//! Rows of whole units, in all their versions, become one row a key.

use crate::LoadError;
use crate::resolve::batch_columns::{BatchColumns, columns_of_batches, record_ranges};
use crate::resolve::changes::TableChanges;
use crate::resolve::fold::{Fold, FoldEntry};
use crate::resolve::mode::LoadMode;
use crate::resolve::row_placer::RowPlacer;
use crate::resolve::uncontested::DistinctKeys;
use crate::rows::batch::VersionedBatch;
use crate::rows::cells::{Cells, hash_of, rows_equal};
use crate::rows::key_interner::KeyInterner;
use crate::rows::version::Versions;
use crate::spill::placed_range::PlacedRange;
use crate::table::file::TableFile;
use crate::table::layout::TableLayout;

/// Resolves the rows of whole units to one row a key.
pub(crate) struct Resolver<'a> {
    pub(crate) layout: &'a TableLayout,
    pub(crate) mode: LoadMode,
    pub(crate) versions: &'a Versions,
    /// The rank of each version that was pushed.
    pub(crate) ranks: &'a [u32],
    /// By the number of a version, whether stored rows of it are kept in a rebuild, as no landed page answers for them; of those
    /// beyond the end none is.
    pub(crate) kept: Vec<bool>,
    /// The stored files, by number.
    pub(crate) stored: &'a [TableFile],
}

/// Adjacent rows of one record, or a parent without rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RecordRows {
    unit: u32,
    /// 0 for stored rows, else one more than the version's rank.
    rank: u32,
    index: u32,
    batch: u32,
    row: u32,
    len: u32,
}

impl Resolver<'_> {
    /// One row a key: takes the rows of all versions of whole units, and gives those that the table is to have.
    ///
    /// Nearly every unit comes in one version and is not stored: its rows are placed as they are. The contested units, which
    /// are the others, are folded: a unit's versions are walked from the oldest to the newest over its stored rows. Each
    /// version replaces the one before; a row that is in both with equal content stays the row it was, and keeps its lineage.
    /// Applied at once or one by one, the versions so give the same rows.
    pub(crate) fn resolve(
        &self,
        batches: &[VersionedBatch],
        rowless_parents: &[VersionedBatch],
        changes: &mut TableChanges,
    ) -> Result<Vec<PlacedRange>, LoadError> {
        let batch_columns = columns_of_batches(self.layout, batches)?;
        let records = self.records(&batch_columns, rowless_parents);
        let mut placer = RowPlacer::new(&batch_columns, self.layout.buckets);
        let mut distinct_keys = DistinctKeys::default();
        let mut contested_records = Vec::new();
        for unit in records.chunk_by(|a, b| a.unit == b.unit) {
            match unit {
                [only] if self.is_uncontested(only, &batch_columns, &mut distinct_keys) => {
                    for row in only.row..only.row + only.len {
                        let partition = placer.partition(only.batch, row);
                        changes.added(partition, 1);
                        placer.place(partition, only.batch, row, false, row > only.row);
                    }
                }
                _ => {
                    let pushed = unit.iter().filter(|record| record.rank > 0);
                    let mut places = pushed.map(|record| (record.rank, record.index));
                    let first = places.next();
                    changes.units_repeated += u64::from(places.any(|place| Some(place) != first));
                    contested_records.extend_from_slice(unit);
                }
            }
        }
        let (entries, n_keys) = self.entries(&contested_records, &batch_columns);
        let mut fold = Fold::new(self, &batch_columns, rowless_parents, n_keys);
        for unit in entries.chunk_by(|a, b| a.unit == b.unit) {
            fold.unit(unit, changes, &mut placer);
        }
        Ok(placer.finish())
    }

    /// True where the rows of a unit's only record need no fold: they are not stored, and each key is there once.
    fn is_uncontested(
        &self,
        record: &RecordRows,
        batch_columns: &[BatchColumns<'_>],
        distinct_keys: &mut DistinctKeys,
    ) -> bool {
        let Some(columns) = batch_columns.get(record.batch as usize) else {
            return false;
        };
        record.rank > 0 && distinct_keys.are_distinct(columns, record.row..record.row + record.len)
    }

    fn rank(&self, version: u32, index: u32) -> u32 {
        match index & VersionedBatch::STORED {
            0 => self.ranks[version as usize] + 1,
            _ => 0,
        }
    }

    /// The rows of each record, and the parents without rows, by unit.
    fn records(
        &self,
        batch_columns: &[BatchColumns<'_>],
        rowless_parents: &[VersionedBatch],
    ) -> Vec<RecordRows> {
        let parents: Vec<Vec<Cells<'_>>> = rowless_parents
            .iter()
            .filter_map(|batch| {
                Cells::columns(&batch.rows, &(0..batch.rows.num_columns()).collect::<Vec<_>>())
            })
            .collect();
        let unit_of = |(batch, _): (u32, u32)| match batch_columns.get(batch as usize) {
            Some(columns) => &columns.unit,
            None => &parents[batch as usize - batch_columns.len()],
        };
        let mut units = KeyInterner::default();
        let mut records = Vec::new();
        let batches = batch_columns.iter().map(|columns| columns.batch).chain(rowless_parents);
        for (at, batch) in (0u32..).zip(batches) {
            let cells = unit_of((at, 0));
            for (first, len) in record_ranges(batch, cells) {
                // Where each row is a unit, a record's rows are several.
                let step = if self.layout.unit_is_key() { 1 } else { len };
                for row in (first..first + len).step_by(step as usize) {
                    let same_unit =
                        |other: (u32, u32)| rows_equal(cells, row as usize, unit_of(other), other.1 as usize);
                    let unit = units.id(hash_of(cells, row as usize, 0), (at, row), same_unit);
                    let index = batch.index[row as usize];
                    let rank = self.rank(batch.version[row as usize], index);
                    records.push(RecordRows { unit, rank, index, batch: at, row, len: step });
                }
            }
        }
        records.sort_unstable();
        records
    }

    /// The rows of records one by one, with numbers for their keys.
    fn entries(&self, records: &[RecordRows], batch_columns: &[BatchColumns<'_>]) -> (Vec<FoldEntry>, usize) {
        let mut keys = KeyInterner::default();
        let mut entries = Vec::with_capacity(records.iter().map(|record| record.len as usize).sum());
        for record in records {
            let RecordRows { unit, rank, index, batch, .. } = *record;
            for row in record.row..record.row + record.len {
                let key = match batch_columns.get(batch as usize) {
                    None => 0,
                    Some(columns) => {
                        let hash = hash_of(&columns.key, row as usize, 0);
                        keys.id(hash, (batch, row), |(batch, other)| {
                            rows_equal(
                                &columns.key,
                                row as usize,
                                &batch_columns[batch as usize].key,
                                other as usize,
                            )
                        })
                    }
                };
                entries.push(FoldEntry { unit, rank, index, batch, row, key });
            }
        }
        // Within a version the last of two rows with one key counts, whichever batches they are in.
        entries.sort_unstable();
        (entries, keys.len())
    }
}
