use crate::load::input::LoadMode;
use crate::resolve::placed::{Changes, RangePlacer};
use crate::resolve::resolver::Resolver;
use crate::resolve::view::View;
use crate::rows::batch::VersionedBatch;
use crate::rows::cells::rows_equal;
use crate::table::partition::Partition;

/// A row, or a parent without rows, in the order the fold walks: by unit, stored rows first, then by version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Item {
    pub(crate) unit: u32,
    /// 0 for stored rows, else one more than the version's rank.
    pub(crate) rank: u32,
    pub(crate) index: u32,
    pub(crate) piece: u32,
    pub(crate) row: u32,
    pub(crate) key: u32,
}

/// Walks the versions of units, one unit after the other.
pub(crate) struct Fold<'a> {
    resolver: &'a Resolver<'a>,
    views: &'a [View<'a>],
    emptied: &'a [VersionedBatch],
    /// By key, one more than its place in `state`; 0 where it is absent.
    current: Vec<usize>,
    /// By key, one more than its place in the list being made.
    pending: Vec<usize>,
    /// The unit's rows as of the versions walked.
    state: Vec<Item>,
    next: Vec<Item>,
}

impl<'a> Fold<'a> {
    pub(crate) fn new(
        resolver: &'a Resolver<'a>,
        views: &'a [View<'a>],
        emptied: &'a [VersionedBatch],
        n_keys: usize,
    ) -> Self {
        let (current, pending) = (vec![0; n_keys], vec![0; n_keys]);
        Self { resolver, views, emptied, current, pending, state: Vec::new(), next: Vec::new() }
    }

    /// Walks one unit: notes what changed against its stored rows, and places the rows it has in the end.
    pub(crate) fn unit(&mut self, items: &[Item], changes: &mut Changes, placing: &mut RangePlacer<'_>) {
        let (stored, incoming) = items.split_at(items.partition_point(|item| item.rank == 0));
        self.state.clear();
        let mut newest_stored = None;
        if self.resolver.mode == LoadMode::Merge {
            newest_stored = stored.iter().map(|item| self.resolver.versions.get(self.number(*item))).max();
            self.version(stored);
        }
        for version in incoming.chunk_by(|a, b| (a.rank, a.index) == (b.rank, b.index)) {
            // What is stored has seen this version already.
            let number = || self.resolver.versions.get(self.number(version[0]));
            let is_older = newest_stored.is_some_and(|stored| number() < stored);
            if !is_older {
                self.version(version);
            }
        }
        self.compare(stored, changes, placing);
        for item in &self.state {
            self.current[item.key as usize] = 0;
        }
    }

    /// Puts a version's rows in the place of those before.
    fn version(&mut self, items: &[Item]) {
        self.next.clear();
        for item in items.iter().filter(|item| (item.piece as usize) < self.views.len()) {
            let key = item.key as usize;
            let stays = match self.current[key] {
                0 => None,
                place => Some(self.state[place - 1]).filter(|before| self.same_content(*before, *item)),
            };
            let row = stays.unwrap_or(*item);
            // The last of two rows with one key in one record counts.
            match self.pending[key] {
                0 => {
                    self.next.push(row);
                    self.pending[key] = self.next.len();
                }
                place => self.next[place - 1] = row,
            }
        }
        for item in &self.state {
            self.current[item.key as usize] = 0;
        }
        std::mem::swap(&mut self.state, &mut self.next);
        for (place, item) in self.state.iter().enumerate() {
            self.current[item.key as usize] = place + 1;
            self.pending[item.key as usize] = 0;
        }
    }

    /// Notes what changed against the stored rows, and places the unit's rows.
    fn compare(&mut self, stored: &[Item], changes: &mut Changes, placing: &mut RangePlacer<'_>) {
        for (place, item) in stored.iter().enumerate() {
            match self.pending[item.key as usize] {
                0 => self.pending[item.key as usize] = place + 1,
                // A key that is there twice, which only a foreign hand can have done: one of them goes.
                _ => changes.removed(self.stored_in(*item)),
            }
        }
        for item in &self.state {
            let partition = self.partition(*item);
            let mut moved_in = false;
            match std::mem::take(&mut self.pending[item.key as usize]) {
                0 => changes.added(partition, 1),
                place => {
                    let before = stored[place - 1];
                    let stood_in = self.stored_in(before);
                    moved_in = stood_in != partition;
                    if moved_in || !self.same_row(before, *item) {
                        changes.changed(stood_in, partition);
                    }
                }
            }
            placing.place(partition, item.piece, item.row, moved_in, false);
        }
        for item in stored {
            if std::mem::take(&mut self.pending[item.key as usize]) != 0 {
                changes.removed(self.stored_in(*item));
            }
        }
    }

    fn view(&self, item: Item) -> &View<'_> {
        &self.views[item.piece as usize]
    }

    /// The number of a row's version.
    fn number(&self, item: Item) -> u32 {
        let piece = item.piece as usize;
        let piece =
            self.views.get(piece).map_or_else(|| &self.emptied[piece - self.views.len()], |view| view.piece);
        piece.version[item.row as usize]
    }

    fn same_content(&self, a: Item, b: Item) -> bool {
        rows_equal(&self.view(a).content, a.row as usize, &self.view(b).content, b.row as usize)
    }

    fn same_row(&self, a: Item, b: Item) -> bool {
        (a.piece, a.row) == (b.piece, b.row)
            || self.resolver.versions.same(self.number(a), self.number(b)) && self.same_content(a, b)
    }

    fn stored_in(&self, item: Item) -> Partition {
        self.resolver.stored[(item.index & !VersionedBatch::STORED) as usize].partition
    }

    fn partition(&self, item: Item) -> Partition {
        self.view(item).partition(item.row as usize, self.resolver.layout.buckets)
    }
}
