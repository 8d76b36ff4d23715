use arrow_array::RecordBatch;

use super::cells::{Cells, hash_of, rows_equal};
use super::fold::{Fold, Item};
use super::interner::Interner;
use super::piece::Piece;
use super::placed::{Changes, Placed};
use super::rows::LoadMode;
use super::shape::Shape;
use super::version::Versions;
use super::view::View;
use crate::LoadError;
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
        let mut fold = Fold::new(self, &views, pieces, emptied, n_keys);
        let mut placed = Vec::with_capacity(items.len());
        for unit in items.chunk_by(|a, b| a.unit == b.unit) {
            fold.unit(unit, changes, &mut placed);
        }
        Ok(placed)
    }

    fn items(&self, pieces: &[Piece], emptied: &[Piece], views: &[View<'_>]) -> (Vec<Item>, usize) {
        let parents: Vec<Vec<Cells<'_>>> =
            emptied.iter().filter_map(|piece| all_columns(&piece.batch)).collect();
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

fn all_columns(batch: &RecordBatch) -> Option<Vec<Cells<'_>>> {
    Cells::columns(batch, &(0..batch.num_columns()).collect::<Vec<_>>())
}
