use crate::LoadError;
use crate::load::input::LoadMode;
use crate::resolve::fold::{Fold, Item};
use crate::resolve::placed::{Changes, PlacedRange, RangePlacer};
use crate::resolve::view::View;
use crate::rows::batch::VersionedBatch;
use crate::rows::cells::{Cells, HashedBuilder, hash_of, rows_equal};
use crate::rows::hashes::Hashes;
use crate::rows::interner::Interner;
use crate::rows::version::Versions;
use crate::table::file::TableFile;
use crate::table::layout::TableLayout;

/// What the rows of some units are resolved with.
pub(crate) struct Resolver<'a> {
    pub(crate) layout: &'a TableLayout,
    pub(crate) mode: LoadMode,
    pub(crate) versions: &'a Versions,
    /// The rank of each version that was pushed.
    pub(crate) ranks: &'a [u32],
    /// The stored files, by number.
    pub(crate) stored: &'a [TableFile],
}

/// Rows of one record that stand side by side, or a parent without rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    unit: u32,
    /// 0 for stored rows, else one more than the version's rank.
    rank: u32,
    index: u32,
    piece: u32,
    row: u32,
    len: u32,
}

impl Resolver<'_> {
    /// One row a key: the rows of all versions of whole units go in, those that stand in the end come out.
    ///
    /// Nearly every unit comes in one version and is not stored: its rows stand as they are. The rest is for the fold,
    /// which walks a unit's versions from the oldest to the newest over its stored rows. Each version takes the
    /// place of the one before; a row that is in both with equal content stays the row it was, and with it the page it
    /// is said to come from. Applied at once or one by one, the versions so give the same rows.
    pub(crate) fn resolve(
        &self,
        pieces: &[VersionedBatch],
        emptied: &[VersionedBatch],
        changes: &mut Changes,
    ) -> Result<Vec<PlacedRange>, LoadError> {
        let views = views(self.layout, pieces)?;
        let (groups, _) = self.groups(&views, emptied);
        let mut placing = RangePlacer::new(&views, self.layout.buckets);
        let mut own_keys = OwnKeys::default();
        let mut contested = Vec::new();
        for unit in groups.chunk_by(|a, b| a.unit == b.unit) {
            match unit {
                [only] if self.stands(only, &views, &mut own_keys) => {
                    for row in only.row..only.row + only.len {
                        let partition = placing.partition(only.piece, row);
                        changes.added(partition, 1);
                        placing.place(partition, only.piece, row, false, row > only.row);
                    }
                }
                _ => contested.extend_from_slice(unit),
            }
        }
        let (items, n_keys) = self.items(&contested, &views);
        let mut fold = Fold::new(self, &views, emptied, n_keys);
        for unit in items.chunk_by(|a, b| a.unit == b.unit) {
            fold.unit(unit, changes, &mut placing);
        }
        Ok(placing.finish())
    }

    /// True where nothing contests the rows of a unit's only group: not stored, and each key once.
    fn stands(&self, group: &Group, views: &[View<'_>], own_keys: &mut OwnKeys) -> bool {
        let Some(view) = views.get(group.piece as usize) else {
            return false;
        };
        group.rank > 0 && own_keys.are_distinct(view, group.row..group.row + group.len)
    }

    fn rank(&self, version: u32, index: u32) -> u32 {
        match index & VersionedBatch::STORED {
            0 => self.ranks[version as usize] + 1,
            _ => 0,
        }
    }

    /// The groups, sorted, and the number of their units.
    fn groups(&self, views: &[View<'_>], emptied: &[VersionedBatch]) -> (Vec<Group>, usize) {
        let parents: Vec<Vec<Cells<'_>>> = emptied
            .iter()
            .filter_map(|piece| {
                Cells::columns(&piece.batch, &(0..piece.batch.num_columns()).collect::<Vec<_>>())
            })
            .collect();
        let unit_of = |(piece, _): (u32, u32)| match views.get(piece as usize) {
            Some(view) => &view.unit,
            None => &parents[piece as usize - views.len()],
        };
        let mut units = Interner::default();
        let mut groups = Vec::new();
        let pieces = views.iter().map(|view| view.piece).chain(emptied);
        for (at, piece) in (0u32..).zip(pieces) {
            let cells = unit_of((at, 0));
            for (first, len) in records(piece, cells) {
                // Where each row is a unit, a record's rows are several.
                let step = if self.layout.unit_is_key() { 1 } else { len };
                for row in (first..first + len).step_by(step as usize) {
                    let same_unit =
                        |other: (u32, u32)| rows_equal(cells, row as usize, unit_of(other), other.1 as usize);
                    let unit = units.id(hash_of(cells, row as usize, 0), (at, row), same_unit);
                    let index = piece.index[row as usize];
                    let rank = self.rank(piece.version[row as usize], index);
                    groups.push(Group { unit, rank, index, piece: at, row, len: step });
                }
            }
        }
        groups.sort_unstable();
        (groups, units.len())
    }

    /// The rows of groups, with numbers for their keys.
    fn items(&self, groups: &[Group], views: &[View<'_>]) -> (Vec<Item>, usize) {
        let mut keys = Interner::default();
        let mut items = Vec::with_capacity(groups.iter().map(|group| group.len as usize).sum());
        for group in groups {
            let Group { unit, rank, index, piece, .. } = *group;
            for row in group.row..group.row + group.len {
                let key = match views.get(piece as usize) {
                    None => 0,
                    Some(view) => {
                        let hash = hash_of(&view.key, row as usize, 0);
                        keys.id(hash, (piece, row), |(piece, other)| {
                            rows_equal(&view.key, row as usize, &views[piece as usize].key, other as usize)
                        })
                    }
                };
                items.push(Item { unit, rank, index, piece, row, key });
            }
        }
        // Within a version the last of two rows with one key counts, whichever pieces they stand in.
        items.sort_unstable();
        (items, keys.len())
    }
}

pub(crate) fn views<'a>(
    layout: &TableLayout,
    pieces: &'a [VersionedBatch],
) -> Result<Vec<View<'a>>, LoadError> {
    let views = pieces.iter().map(|piece| View::new(&layout.pushed, piece)).collect::<Option<Vec<_>>>();
    views.ok_or_else(|| LoadError::misfit(&layout.name, "a column has a type that no table has"))
}

/// The rows of a piece by record, as first row and number: those of one record have one parent. Stored rows are told
/// apart by the parent itself.
fn records<'a>(piece: &'a VersionedBatch, unit: &'a [Cells<'a>]) -> impl Iterator<Item = (u32, u32)> + 'a {
    let n_rows = u32::try_from(piece.batch.num_rows()).unwrap_or(u32::MAX);
    let mut next = 0;
    std::iter::from_fn(move || {
        let begin = next;
        let first = begin as usize;
        let is_stored = piece.index.get(first)? & VersionedBatch::STORED != 0;
        let continues = |at: usize| {
            (piece.version[first], piece.index[first]) == (piece.version[at], piece.index[at])
                && (!is_stored || rows_equal(unit, first, unit, at))
        };
        next += 1;
        while next < n_rows && continues(next as usize) {
            next += 1;
        }
        Some((begin, next - begin))
    })
}

/// Looks for keys that are twice in a record.
#[derive(Default)]
struct OwnKeys {
    hashes: std::collections::HashSet<u64, HashedBuilder>,
}

impl OwnKeys {
    /// True where rows of one parent surely have different keys.
    fn are_distinct(&mut self, view: &View<'_>, mut rows: std::ops::Range<u32>) -> bool {
        if rows.len() < 2 || ascend(&view.key_within_unit, rows.start as usize..rows.end as usize) {
            return true;
        }
        self.hashes.clear();
        rows.all(|row| self.hashes.insert(hash_of(&view.key_within_unit, row as usize, 0)))
    }
}

/// True where each of these rows has a greater key than the one before, as nearly always, and so a different one.
fn ascend(key: &[Cells<'_>], rows: std::ops::Range<usize>) -> bool {
    let [key] = key else { return false };
    rows.clone().zip(rows.skip(1)).all(|(row, next)| key.ascends(row, next))
}

/// All rows as they are, but for those of some units, which are left to be resolved. Of rows with one key in one record
/// the last counts, and the others are left out: in any other order than the record's that could not be told any
/// more. `note` is told the hash of each unit.
pub(crate) fn place_uncontested(
    layout: &TableLayout,
    pieces: &[VersionedBatch],
    contested: &Hashes,
    mut note: impl FnMut(u64),
) -> Result<Vec<PlacedRange>, LoadError> {
    let views = views(layout, pieces)?;
    let mut placing = RangePlacer::new(&views, layout.buckets);
    let mut own_keys = OwnKeys::default();
    for (at, view) in (0u32..).zip(&views) {
        for (first, len) in records(view.piece, &view.unit) {
            let rows = first..first + len;
            let unit_of_record = hash_of(&view.unit, first as usize, 0);
            if !layout.unit_is_key() {
                note(unit_of_record);
                if contested.contains(&unit_of_record) {
                    continue;
                }
            }
            let last = match own_keys.are_distinct(view, rows.clone()) {
                true => None,
                false => last_of_each_key(view, rows.clone()),
            };
            for row in rows {
                if last.as_ref().is_some_and(|last| !last.contains(&row)) {
                    continue;
                }
                if layout.unit_is_key() {
                    let unit = if len == 1 { unit_of_record } else { hash_of(&view.unit, row as usize, 0) };
                    note(unit);
                    if contested.contains(&unit) {
                        continue;
                    }
                }
                let is_same_unit = row > first && !layout.unit_is_key();
                placing.place(placing.partition(at, row), at, row, false, is_same_unit);
            }
        }
    }
    Ok(placing.finish())
}

/// Of a record's rows with the same key, the last; `None` where each key is there once.
fn last_of_each_key(view: &View<'_>, rows: std::ops::Range<u32>) -> Option<std::collections::BTreeSet<u32>> {
    let mut keys = Interner::default();
    let mut last = Vec::with_capacity(rows.len());
    for row in rows.clone() {
        let same_key = |other: (u32, u32)| rows_equal(&view.key, row as usize, &view.key, other.1 as usize);
        let id = keys.id(hash_of(&view.key, row as usize, 0), (0, row), same_key) as usize;
        last.resize(keys.len(), row);
        last[id] = row;
    }
    (last.len() < rows.len()).then(|| last.into_iter().collect())
}
