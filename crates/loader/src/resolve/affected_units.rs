//! Which stored rows a load may have to replace.

use std::collections::HashSet;

use arrow_array::RecordBatch;

use crate::resolve::unit_hashes::UnitHashes;
use crate::rows::cells::{Cells, hash_of};
use crate::snapshot::TouchedGroups;
use crate::table::file::TableFileReader;
use crate::table::layout::TableLayout;
use crate::table::statistics::text_bounds;

/// Ids that are held against bloom filters one by one; with more, reading the key columns is cheaper.
const MAX_PROBES: usize = 4096;

/// The units (parents, or single rows where none are replaced) whose stored rows may be replaced.
#[derive(Debug)]
pub(crate) enum AffectedUnits {
    /// All: what is pushed is the whole truth.
    All,
    /// Those pushed.
    Some(PushedUnits),
}

/// The units that were pushed: their hashes, and the ids to look for in files.
#[derive(Debug, Default)]
pub(crate) struct PushedUnits {
    hashes: UnitHashes,
    /// Least and greatest of the unit's last column, which tells units apart best.
    bounds: Option<(Vec<u8>, Vec<u8>)>,
    /// All its values, while they are few.
    ids: HashSet<Vec<u8>>,
    /// The groups that the snapshot of the files is asked for.
    pub(crate) groups: TouchedGroups,
}

impl AffectedUnits {
    /// Whether a row may be replaced, by the cells of its unit. Never true of a row whose row group [`PushedUnits::may_be_in`]
    /// rules out: its file's successor would leave it out as replaced, though it was never read, and it would be lost.
    pub(crate) fn contains(&self, unit: &[Cells<'_>], row: usize) -> bool {
        match self {
            Self::All => true,
            Self::Some(units) => units.contains(unit, row),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Some(units) if units.hashes.is_empty())
    }
}

impl PushedUnits {
    /// Adds the units of rows whose `columns` are the unit's.
    pub(crate) fn add(&mut self, layout: &TableLayout, batch: &RecordBatch, columns: &[usize]) {
        let Some(cells) = Cells::columns(batch, columns) else {
            return;
        };
        let indexed: Vec<Cells<'_>> = layout.indexed.iter().map(|at| cells[*at]).collect();
        for row in 0..batch.num_rows() {
            if self.hashes.insert(hash_of(&cells, row, 0)) {
                self.groups.add(hash_of(&indexed, row, 0));
                if let Some(Cells::Text(ids)) = cells.last() {
                    self.add_id(ids.bytes(row));
                }
            }
        }
    }

    fn add_id(&mut self, id: &[u8]) {
        match &mut self.bounds {
            None => self.bounds = Some((id.to_owned(), id.to_owned())),
            Some((least, _)) if id < least.as_slice() => *least = id.to_owned(),
            Some((_, greatest)) if id > greatest.as_slice() => *greatest = id.to_owned(),
            Some(_) => {}
        }
        if self.ids.len() <= MAX_PROBES {
            self.ids.insert(id.to_owned());
        }
    }

    fn contains(&self, unit: &[Cells<'_>], row: usize) -> bool {
        self.hashes.contains(hash_of(unit, row, 0))
            && match (unit.last(), &self.bounds) {
                (Some(Cells::Text(ids)), Some((least, greatest))) => {
                    let id = ids.bytes(row);
                    (least.as_slice()..=greatest.as_slice()).contains(&id)
                        && (self.ids.len() > MAX_PROBES || self.ids.contains(id))
                }
                _ => true,
            }
    }

    /// Whether a row group may hold a row of these units, from its statistics and bloom filter. In doubt, it may.
    pub(crate) fn may_be_in(&self, layout: &TableLayout, file: &TableFileReader, group: usize) -> bool {
        let (Some((least, greatest)), Some(last)) = (&self.bounds, layout.unit.last()) else {
            return true;
        };
        let Some(leaf) = file.leaf(layout.schema.field(*last).name()) else {
            return true;
        };
        if let Some((min, max)) = text_bounds(file.metadata().row_group(group), leaf)
            && (greatest.as_slice() < min || least.as_slice() > max)
        {
            return false;
        }
        if self.ids.len() > MAX_PROBES {
            return true;
        }
        match file.bloom_filter(group, leaf) {
            Some(filter) => self.ids.iter().any(|id| filter.check(id.as_slice())),
            None => true,
        }
    }
}
