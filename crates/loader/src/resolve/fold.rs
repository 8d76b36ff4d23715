//! The fold: a unit's versions over its stored rows, from the oldest to the newest.

use convolake_batch::ParentExtent;

use crate::resolve::batch_columns::BatchColumns;
use crate::resolve::changes::TableChanges;
use crate::resolve::given_way::GivenWay;
use crate::resolve::mode::LoadMode;
use crate::resolve::resolver::Resolver;
use crate::resolve::row_placer::RowPlacer;
use crate::resolve::told::key_in_words;
use crate::rows::batch::VersionedBatch;
use crate::rows::cells::rows_equal;
use crate::rows::words::in_words;
use crate::table::layout::RowKeys;
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
    /// Room for the rows before a version of which they may be kept.
    kept: Vec<FoldEntry>,
    given_way: GivenWay<'a>,
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
            kept: Vec::new(),
            given_way: GivenWay::new(resolver, batch_columns, n_keys),
        }
    }

    /// Folds one unit: notes what changes against its stored rows, and places the rows it is to have.
    ///
    /// In a rebuild its landed pages say all there is of a unit, and stored rows are only compared. But where one of them is kept,
    /// since no landed page gives it, the unit as it is stored is what its newest page has left, and only newer ones change it.
    pub(crate) fn unit(
        &mut self,
        entries: &[FoldEntry],
        changes: &mut TableChanges,
        placer: &mut RowPlacer<'_>,
    ) {
        let (stored, incoming) = entries.split_at(entries.partition_point(|entry| entry.rank == 0));
        self.rows.clear();
        let mut newest_stored = None;
        if self.resolver.mode == LoadMode::Merge || stored.iter().any(|entry| self.is_kept(*entry)) {
            newest_stored = stored.iter().map(|entry| self.resolver.versions.get(self.number(*entry))).max();
            self.replace(stored);
        }
        // The stored rows are of a later version than these, and were resolved with them.
        let version_of = |entry: &FoldEntry| self.resolver.versions.get(self.number(*entry));
        let n_older =
            newest_stored.map_or(0, |stored| incoming.partition_point(|entry| version_of(entry) < stored));
        let incoming = &incoming[n_older..];
        for version in incoming.chunk_by(|a, b| (a.rank, a.index) == (b.rank, b.index)) {
            self.apply(version, changes);
        }
        if incoming.len() > 1 {
            let (columns, parents) = (self.batch_columns, self.rowless_parents);
            self.given_way.count(incoming, |entry| number_of(columns, parents, entry), changes);
        }
        self.compare(stored, changes, placer);
        for entry in &self.rows {
            self.place_in_rows[entry.key as usize] = 0;
        }
    }

    /// Applies the next version: what it brings of the parent replaces what the versions before have left.
    ///
    /// Where it brings a part only, fewer rows than its own record declares, the others stay. If rows are told apart by their
    /// position, and the first is another than before, then positions have shifted, and nothing says where the part belongs: the
    /// parent stays as it is.
    fn apply(&mut self, entries: &[FoldEntry], changes: &mut TableChanges) {
        let (version, extent) = (self.number(entries[0]), VersionedBatch::extent_of(entries[0].index));
        let n_before = self.rows.len();
        let is_replaced = !self.resolver.layout.unit_is_key();
        if !is_replaced || extent != ParentExtent::Part {
            let first = self.rows.first().copied();
            self.replace(entries);
            if is_replaced && extent == ParentExtent::Whole && self.rows.len() < n_before {
                let words = || first.map(|first| self.parent_in_words(first)).unwrap_or_default();
                changes.reduced.note(n_before - self.rows.len(), version, words);
            }
            return;
        }
        let mut before = std::mem::take(&mut self.kept);
        before.clear();
        before.extend_from_slice(&self.rows);
        let n_brought = self.count_rows(entries);
        let n_kept = match n_brought < n_before && self.has_shifted(entries) {
            true => n_before - n_brought,
            false => {
                self.replace(entries);
                let n_brought = self.rows.len();
                for entry in &before {
                    if self.place_in_rows[entry.key as usize] == 0 {
                        self.rows.push(*entry);
                        self.place_in_rows[entry.key as usize] = self.rows.len();
                    }
                }
                self.rows.len() - n_brought
            }
        };
        if let (Some(first), 1..) = (before.first(), n_kept) {
            changes.shrunk.note(n_kept, version, || self.parent_in_words(*first));
        }
        self.kept = before;
    }

    /// Those of the entries that are rows: a parent without rows is of no batch.
    fn rows_of<'e>(&self, entries: &'e [FoldEntry]) -> impl Iterator<Item = &'e FoldEntry> + use<'e> {
        let n_batches = self.batch_columns.len();
        entries.iter().filter(move |entry| (entry.batch as usize) < n_batches)
    }

    /// How many rows these give: of two with one key only one may have come this far.
    fn count_rows(&self, entries: &[FoldEntry]) -> usize {
        let mut keys: Vec<u32> = self.rows_of(entries).map(|entry| entry.key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len()
    }

    /// True where a part's first row stands at a position that another row has.
    fn has_shifted(&self, entries: &[FoldEntry]) -> bool {
        // By its place, as spilled rows come in the order of their partitions.
        let by_place = |a: &&FoldEntry, b: &&FoldEntry| {
            self.columns_of(**a).compare_places(a.row as usize, self.columns_of(**b), b.row as usize)
        };
        let Some(first) = self.rows_of(entries).min_by(by_place) else { return false };
        let at = self.place_in_rows[first.key as usize];
        let keys = self.resolver.layout.keys;
        keys == RowKeys::Positions && at > 0 && !self.same_content(self.rows[at - 1], *first)
    }

    /// Replaces the rows of the versions before by these.
    fn replace(&mut self, entries: &[FoldEntry]) {
        self.next.clear();
        for entry in self.rows_of(entries) {
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
                _ => changes.doubled(self.stored_in(*entry)),
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
                    if stored_in.by != partition.by && self.same_row(before, *entry) {
                        changes.refiled(stored_in, partition);
                    } else if moved_in || !self.same_row(before, *entry) {
                        changes.changed(stored_in, partition);
                        if self.went_back(before, *entry) {
                            changes.went_back.note(self.number(*entry), || self.words(*entry));
                        }
                    }
                }
            }
            placer.place(partition, entry.batch, entry.row, moved_in, false);
        }
        for entry in stored {
            if std::mem::take(&mut self.place_in_next[entry.key as usize]) != 0 {
                changes.removed(self.stored_in(*entry), || self.words(*entry));
            }
        }
    }

    /// True for a stored row that no landed page gives.
    fn is_kept(&self, entry: FoldEntry) -> bool {
        self.resolver.kept.get(self.number(entry) as usize).is_some_and(|is_kept| *is_kept)
    }

    fn columns_of(&self, entry: FoldEntry) -> &BatchColumns<'_> {
        &self.batch_columns[entry.batch as usize]
    }

    /// The number of a row's version.
    fn number(&self, entry: FoldEntry) -> u32 {
        number_of(self.batch_columns, self.rowless_parents, entry)
    }

    /// The key of a row in words.
    fn words(&self, entry: FoldEntry) -> String {
        key_in_words(self.resolver.layout, self.columns_of(entry), entry.row as usize)
    }

    /// The parent of a row in words.
    fn parent_in_words(&self, entry: FoldEntry) -> String {
        let layout = self.resolver.layout;
        let names = layout.unit.iter().map(|column| layout.schema.field(*column).name().as_str());
        in_words(names, &self.columns_of(entry).unit, entry.row as usize)
    }

    fn same_content(&self, a: FoldEntry, b: FoldEntry) -> bool {
        rows_equal(&self.columns_of(a).content, a.row as usize, &self.columns_of(b).content, b.row as usize)
    }

    fn same_row(&self, a: FoldEntry, b: FoldEntry) -> bool {
        (a.batch, a.row) == (b.batch, b.row)
            || self.resolver.versions.same(self.number(a), self.number(b)) && self.same_content(a, b)
    }

    /// True where the source changed the row before later than the one that takes its place. Cells of null say nothing.
    fn went_back(&self, before: FoldEntry, after: FoldEntry) -> bool {
        let Some(column) = self.resolver.layout.pushed.changed_at else { return false };
        let (was, is) = (&self.columns_of(before).content[column], &self.columns_of(after).content[column]);
        let (was_at, is_at) = (before.row as usize, after.row as usize);
        !is.is_null(is_at) && was.compare(was_at, is, is_at).is_gt()
    }

    fn stored_in(&self, entry: FoldEntry) -> Partition {
        self.resolver.stored[(entry.index & !VersionedBatch::STORED) as usize].partition
    }

    fn partition(&self, entry: FoldEntry) -> Partition {
        self.columns_of(entry).partition(entry.row as usize, self.resolver.layout.buckets)
    }
}

/// The number of an entry's version.
fn number_of(columns: &[BatchColumns<'_>], rowless_parents: &[VersionedBatch], entry: FoldEntry) -> u32 {
    let number = entry.batch as usize;
    let rowless = || &rowless_parents[number - columns.len()];
    let batch = columns.get(number).map_or_else(rowless, |columns| columns.batch);
    batch.version[entry.row as usize]
}
