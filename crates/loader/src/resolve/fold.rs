//! The fold: a unit's versions over its stored rows, from the oldest to the newest.

use crate::resolve::batch_columns::BatchColumns;
use crate::resolve::changes::TableChanges;
use crate::resolve::mode::LoadMode;
use crate::resolve::resolver::Resolver;
use crate::resolve::row_placer::RowPlacer;
use crate::rows::batch::VersionedBatch;
use crate::rows::cells::rows_equal;
use crate::table::partition::Partition;

/// A row, or a parent without rows, in the order the fold walks: by unit, stored rows first, then by version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FoldEntry {
    pub(crate) unit: u32,
    /// 0 for stored rows, else one more than the version's rank.
    pub(crate) rank: u32,
    pub(crate) index: u32,
    pub(crate) batch: u32,
    pub(crate) row: u32,
    pub(crate) key: u32,
}

/// Folds the versions of units, one unit after the other.
pub(crate) struct Fold<'a> {
    resolver: &'a Resolver<'a>,
    batch_columns: &'a [BatchColumns<'a>],
    rowless_parents: &'a [VersionedBatch],
    /// By key, one more than its place in `rows`; 0 where it is absent.
    place_in_rows: Vec<usize>,
    /// By key, one more than its place in the list being made; 0 where it is absent.
    place_in_next: Vec<usize>,
    /// The unit's rows as of the versions walked.
    rows: Vec<FoldEntry>,
    /// Its rows as of the version that is being walked.
    next: Vec<FoldEntry>,
}

impl<'a> Fold<'a> {
    pub(crate) fn new(
        resolver: &'a Resolver<'a>,
        batch_columns: &'a [BatchColumns<'a>],
        rowless_parents: &'a [VersionedBatch],
        n_keys: usize,
    ) -> Self {
        let (place_in_rows, place_in_next) = (vec![0; n_keys], vec![0; n_keys]);
        Self {
            resolver,
            batch_columns,
            rowless_parents,
            place_in_rows,
            place_in_next,
            rows: Vec::new(),
            next: Vec::new(),
        }
    }

    /// Folds one unit: notes what changes against its stored rows, and places the rows it is to have.
    pub(crate) fn unit(
        &mut self,
        entries: &[FoldEntry],
        changes: &mut TableChanges,
        placer: &mut RowPlacer<'_>,
    ) {
        let (stored, incoming) = entries.split_at(entries.partition_point(|entry| entry.rank == 0));
        self.rows.clear();
        let mut newest_stored = None;
        if self.resolver.mode == LoadMode::Merge {
            newest_stored = stored.iter().map(|entry| self.resolver.versions.get(self.number(*entry))).max();
            self.apply_version(stored);
        }
        for version in incoming.chunk_by(|a, b| (a.rank, a.index) == (b.rank, b.index)) {
            // The stored rows are of a later version, and were resolved with this one.
            let number = || self.resolver.versions.get(self.number(version[0]));
            let is_older = newest_stored.is_some_and(|stored| number() < stored);
            if !is_older {
                self.apply_version(version);
            }
        }
        self.compare(stored, changes, placer);
        for entry in &self.rows {
            self.place_in_rows[entry.key as usize] = 0;
        }
    }

    /// Replaces the rows of the versions before by those of the next one.
    fn apply_version(&mut self, entries: &[FoldEntry]) {
        self.next.clear();
        for entry in entries.iter().filter(|entry| (entry.batch as usize) < self.batch_columns.len()) {
            let key = entry.key as usize;
            let unchanged = match self.place_in_rows[key] {
                0 => None,
                place => Some(self.rows[place - 1]).filter(|before| self.same_content(*before, *entry)),
            };
            let row = unchanged.unwrap_or(*entry);
            // The last of two rows with one key in one record counts.
            match self.place_in_next[key] {
                0 => {
                    self.next.push(row);
                    self.place_in_next[key] = self.next.len();
                }
                place => self.next[place - 1] = row,
            }
        }
        for entry in &self.rows {
            self.place_in_rows[entry.key as usize] = 0;
        }
        std::mem::swap(&mut self.rows, &mut self.next);
        for (place, entry) in self.rows.iter().enumerate() {
            self.place_in_rows[entry.key as usize] = place + 1;
            self.place_in_next[entry.key as usize] = 0;
        }
    }

    /// Notes what changes against the stored rows, and places the unit's rows.
    fn compare(&mut self, stored: &[FoldEntry], changes: &mut TableChanges, placer: &mut RowPlacer<'_>) {
        for (place, entry) in stored.iter().enumerate() {
            match self.place_in_next[entry.key as usize] {
                0 => self.place_in_next[entry.key as usize] = place + 1,
                // A key that is stored twice, which no load does: one of the rows goes.
                _ => changes.removed(self.stored_in(*entry)),
            }
        }
        for entry in &self.rows {
            let partition = self.partition(*entry);
            let mut moved_in = false;
            match std::mem::take(&mut self.place_in_next[entry.key as usize]) {
                0 => changes.added(partition, 1),
                place => {
                    let before = stored[place - 1];
                    let stored_in = self.stored_in(before);
                    moved_in = stored_in != partition;
                    if moved_in || !self.same_row(before, *entry) {
                        changes.changed(stored_in, partition);
                    }
                }
            }
            placer.place(partition, entry.batch, entry.row, moved_in, false);
        }
        for entry in stored {
            if std::mem::take(&mut self.place_in_next[entry.key as usize]) != 0 {
                changes.removed(self.stored_in(*entry));
            }
        }
    }

    fn columns_of(&self, entry: FoldEntry) -> &BatchColumns<'_> {
        &self.batch_columns[entry.batch as usize]
    }

    /// The number of a row's version.
    fn number(&self, entry: FoldEntry) -> u32 {
        let number = entry.batch as usize;
        let rowless = || &self.rowless_parents[number - self.batch_columns.len()];
        let batch = self.batch_columns.get(number).map_or_else(rowless, |columns| columns.batch);
        batch.version[entry.row as usize]
    }

    fn same_content(&self, a: FoldEntry, b: FoldEntry) -> bool {
        rows_equal(&self.columns_of(a).content, a.row as usize, &self.columns_of(b).content, b.row as usize)
    }

    fn same_row(&self, a: FoldEntry, b: FoldEntry) -> bool {
        (a.batch, a.row) == (b.batch, b.row)
            || self.resolver.versions.same(self.number(a), self.number(b)) && self.same_content(a, b)
    }

    fn stored_in(&self, entry: FoldEntry) -> Partition {
        self.resolver.stored[(entry.index & !VersionedBatch::STORED) as usize].partition
    }

    fn partition(&self, entry: FoldEntry) -> Partition {
        self.columns_of(entry).partition(entry.row as usize, self.resolver.layout.buckets)
    }
}
