use std::collections::hash_map::{Entry, HashMap};

use arrow_array::{Array, RecordBatch};

use super::cells::{Cells, HashedBuilder, hash_of, rows_equal};
use super::piece::Piece;
use super::placed::{Changes, Placed};
use super::session::LoadMode;
use super::shape::Shape;
use super::version::{PageVersion, Versions};
use crate::LoadError;
use crate::partition::{Partition, day_of};
use crate::table_file::TableFile;

/// What the rows of some units are resolved with.
pub(crate) struct Resolver<'a> {
    pub(crate) shape: &'a Shape,
    pub(crate) mode: LoadMode,
    pub(crate) versions: &'a Versions,
    /// The rank of each version.
    pub(crate) ranks: &'a [u32],
    /// The stored files, by number.
    pub(crate) stored: &'a [TableFile],
}

/// A row, or a parent without rows, in the order the fold walks: by unit, stored rows first, then by version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    unit: u32,
    /// 0 for stored rows, else one more than the version's rank.
    rank: u32,
    index: u32,
    piece: u32,
    row: u32,
    key: u32,
}

impl Resolver<'_> {
    /// One row a key: the rows of all versions of whole units go in, those that stand in the end come out.
    ///
    /// The fold walks a unit's versions from the oldest to the newest over its stored rows. Each version takes the
    /// place of the one before; a row that is in both with equal content stays the row it was, and with it the page it
    /// is said to come from. Applied at once or one by one, the versions so give the same rows.
    pub(crate) fn resolve(
        &self,
        pieces: &[Piece],
        emptied: &[Piece],
        changes: &mut Changes,
    ) -> Result<Vec<Placed>, LoadError> {
        let views = pieces.iter().map(|piece| View::new(self.shape, piece)).collect::<Option<Vec<_>>>();
        let Some(views) = views else {
            return Err(LoadError::misfit(&self.shape.name, "a column has a type that no table has"));
        };
        let (items, n_keys) = self.items(pieces, emptied, &views);
        let mut fold = Fold {
            resolver: self,
            views: &views,
            pieces,
            emptied,
            current: vec![0; n_keys],
            pending: vec![0; n_keys],
            state: Vec::new(),
            next: Vec::new(),
        };
        let mut placed = Vec::with_capacity(items.len());
        for unit in items.chunk_by(|a, b| a.unit == b.unit) {
            fold.unit(unit, changes, &mut placed);
        }
        Ok(placed)
    }

    fn items(&self, pieces: &[Piece], emptied: &[Piece], views: &[View<'_>]) -> (Vec<Item>, usize) {
        let parents: Vec<Vec<Cells<'_>>> = emptied.iter().filter_map(|piece| all_columns(&piece.batch)).collect();
        let unit_of = |(piece, _): (u32, u32)| match views.get(piece as usize) {
            Some(view) => &view.unit,
            None => &parents[piece as usize - views.len()],
        };
        let mut units = Interner::default();
        let mut keys = Interner::default();
        let mut items = Vec::with_capacity(pieces.iter().map(|piece| piece.batch.num_rows()).sum());
        for (at, piece) in (0u32..).zip(pieces.iter().chain(emptied)) {
            for row in 0..u32::try_from(piece.batch.num_rows()).unwrap_or(u32::MAX) {
                let here = (at, row);
                let cells = unit_of(here);
                let hash = hash_of(cells, row as usize, 0);
                let same_unit =
                    |other: (u32, u32)| rows_equal(cells, row as usize, unit_of(other), other.1 as usize);
                let unit = units.id(hash, here, same_unit);
                let key = match views.get(at as usize) {
                    None => 0,
                    Some(_) if self.shape.unit_is_key() => unit,
                    Some(view) => keys.id(hash_of(&view.key, row as usize, 0), here, |(piece, other)| {
                        rows_equal(&view.key, row as usize, &views[piece as usize].key, other as usize)
                    }),
                };
                let rank = match piece.version[row as usize] {
                    Piece::STORED => 0,
                    number => self.ranks[number as usize] + 1,
                };
                items.push(Item { unit, rank, index: piece.index[row as usize], piece: at, row, key });
            }
        }
        items.sort_unstable();
        (items, units.len().max(keys.len()))
    }
}

/// The columns of a piece that the fold looks at.
struct View<'a> {
    unit: Vec<Cells<'a>>,
    key: Vec<Cells<'a>>,
    conversation: Vec<Cells<'a>>,
    content: Vec<Cells<'a>>,
    date: Vec<Cells<'a>>,
    lineage: Vec<Cells<'a>>,
}

impl<'a> View<'a> {
    fn new(shape: &Shape, piece: &'a Piece) -> Option<Self> {
        let columns = |columns: &[usize]| Cells::columns(&piece.batch, columns);
        Some(Self {
            unit: columns(&shape.unit)?,
            key: columns(&shape.key)?,
            conversation: columns(&shape.conversation)?,
            content: columns(&shape.content)?,
            date: columns(&shape.date)?,
            lineage: columns(&[shape.fetched_at, shape.page])?,
        })
    }

    fn day(&self, row: usize) -> Option<i32> {
        let instant = self.date.iter().find_map(|column| match column {
            Cells::Timestamp(instants) if instants.is_valid(row) => Some(instants.value(row)),
            _ => None,
        });
        instant.and_then(day_of)
    }

    fn version(&self, row: usize) -> PageVersion {
        match self.lineage[..] {
            [Cells::Timestamp(fetched_at), Cells::Text(page)] => {
                PageVersion::of_row(fetched_at.value(row), page.value(row))
            }
            _ => PageVersion { fetched_at_us: i64::MIN, object: String::new(), line: 0 },
        }
    }
}

struct Fold<'a> {
    resolver: &'a Resolver<'a>,
    views: &'a [View<'a>],
    pieces: &'a [Piece],
    emptied: &'a [Piece],
    /// By key, one more than its place in `state`; 0 where it is absent.
    current: Vec<usize>,
    /// By key, one more than its place in the list being made.
    pending: Vec<usize>,
    /// The unit's rows as of the versions walked.
    state: Vec<Item>,
    next: Vec<Item>,
}

impl Fold<'_> {
    fn unit(&mut self, items: &[Item], changes: &mut Changes, placed: &mut Vec<Placed>) {
        let (stored, incoming) = items.split_at(items.partition_point(|item| item.rank == 0));
        self.state.clear();
        let mut newest_stored = None;
        if self.resolver.mode == LoadMode::Merge {
            newest_stored = stored.iter().map(|item| self.view(*item).version(item.row as usize)).max();
            self.version(stored);
        }
        for version in incoming.chunk_by(|a, b| (a.rank, a.index) == (b.rank, b.index)) {
            // What is stored has seen this version already.
            let is_older = newest_stored.as_ref().is_some_and(|stored| self.number(version[0]) < stored);
            if !is_older {
                self.version(version);
            }
        }
        self.compare(stored, changes, placed);
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
    fn compare(&mut self, stored: &[Item], changes: &mut Changes, placed: &mut Vec<Placed>) {
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
                0 => changes.added(partition),
                place => {
                    let before = stored[place - 1];
                    let stood_in = self.stored_in(before);
                    moved_in = stood_in != partition;
                    if moved_in || !self.same_row(before, *item) {
                        changes.changed(stood_in, partition);
                    }
                }
            }
            placed.push(Placed { partition, piece: item.piece, row: item.row, moved_in });
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

    fn number(&self, item: Item) -> &PageVersion {
        let piece = item.piece as usize;
        let piece = self.pieces.get(piece).unwrap_or_else(|| &self.emptied[piece - self.pieces.len()]);
        self.resolver.versions.get(piece.version[item.row as usize])
    }

    fn same_content(&self, a: Item, b: Item) -> bool {
        rows_equal(&self.view(a).content, a.row as usize, &self.view(b).content, b.row as usize)
    }

    fn same_row(&self, a: Item, b: Item) -> bool {
        (a.piece, a.row) == (b.piece, b.row)
            || rows_equal(&self.view(a).lineage, a.row as usize, &self.view(b).lineage, b.row as usize)
                && self.same_content(a, b)
    }

    fn stored_in(&self, item: Item) -> Partition {
        self.resolver.stored[item.index as usize].partition
    }

    fn partition(&self, item: Item) -> Partition {
        let (view, row) = (self.view(item), item.row as usize);
        let buckets = u64::from(self.resolver.shape.buckets);
        let bucket = if buckets == 1 { 0 } else { hash_of(&view.conversation, row, 0) % buckets };
        Partition { day: view.day(row), bucket: u32::try_from(bucket).unwrap_or_default() }
    }
}

fn all_columns(batch: &RecordBatch) -> Option<Vec<Cells<'_>>> {
    Cells::columns(batch, &(0..batch.num_columns()).collect::<Vec<_>>())
}

/// Small numbers for equal cells.
#[derive(Default)]
struct Interner {
    first_of_hash: HashMap<u64, u32, HashedBuilder>,
    /// By id, where its cells stand.
    stands_at: Vec<(u32, u32)>,
    /// By id, the next id with the same hash; the id itself where there is none.
    next: Vec<u32>,
}

impl Interner {
    fn len(&self) -> usize {
        self.stands_at.len()
    }

    fn id(&mut self, hash: u64, at: (u32, u32), equal: impl Fn((u32, u32)) -> bool) -> u32 {
        let new = u32::try_from(self.stands_at.len()).unwrap_or(u32::MAX);
        let mut id = match self.first_of_hash.entry(hash) {
            Entry::Vacant(entry) => *entry.insert(new),
            Entry::Occupied(entry) => *entry.get(),
        };
        while id != new {
            if equal(self.stands_at[id as usize]) {
                return id;
            }
            id = match self.next[id as usize] {
                next if next == id => {
                    self.next[id as usize] = new;
                    new
                }
                next => next,
            };
        }
        self.stands_at.push(at);
        self.next.push(new);
        new
    }
}
