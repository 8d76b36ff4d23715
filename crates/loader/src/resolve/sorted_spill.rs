//! The spilled rows of a table that stores nothing yet.

use std::path::Path;

use crate::LoadError;
use crate::resolve::told::GaveWayCount;
use crate::resolve::uncontested::place_uncontested;
use crate::rows::batch::VersionedBatch;
use crate::rows::cells::{Cells, hash_of};
use crate::rows::hashes::{Hashes, NotedHashes};
use crate::spill::placed_range::{PlacedRange, by_partition};
use crate::spill::sorted_run::SortedRun;
use crate::storage::durable;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;

/// Spilled rows of a table that stores nothing yet, in sorted runs: nearly every unit comes once, and its rows are then
/// final but for the merge. Units that came more than once are found by their hashes at the end, and resolved.
#[derive(Debug, Default)]
pub(crate) struct SortedSpill {
    pub(crate) runs: Vec<SortedRun>,
    /// The hash of each unit, as often as it came.
    pub(crate) unit_hashes: NotedHashes,
    /// Rows of spilled records that gave way to another of their record.
    pub(crate) gave_way: GaveWayCount,
}

/// Runs that are written at once.
const WRITERS: usize = 2;

impl SortedSpill {
    /// Notes the parents without rows.
    pub(crate) fn note_parents(&mut self, parents: &VersionedBatch) {
        let columns: Vec<usize> = (0..parents.rows.num_columns()).collect();
        if let Some(cells) = Cells::columns(&parents.rows, &columns) {
            (0..parents.rows.num_rows()).for_each(|row| self.unit_hashes.note(hash_of(&cells, row, 0)));
        }
    }

    /// Notes the units of rows that stay in memory.
    pub(crate) fn note_units(
        &mut self,
        layout: &TableLayout,
        batches: &[VersionedBatch],
    ) -> Result<(), LoadError> {
        let note = |hash| self.unit_hashes.note(hash);
        // What gives way among these is counted when they are placed.
        place_uncontested(layout, batches, &Hashes::default(), note, &mut GaveWayCount::default())?;
        Ok(())
    }

    /// Writes rows to sorted runs.
    pub(crate) fn spill(
        &mut self,
        layout: &TableLayout,
        folder: &Path,
        batches: Vec<VersionedBatch>,
    ) -> Result<(), LoadError> {
        durable::create_folder(folder)?;
        let Self { unit_hashes, gave_way, .. } = &mut *self;
        let note = |hash| unit_hashes.note(hash);
        let placed = place_uncontested(layout, &batches, &Hashes::default(), note, gave_way)?;
        self.unit_hashes.spill(folder)?;
        let shares = shares(by_partition(placed).into_iter().collect());
        let paths: Vec<_> =
            (self.runs.len()..).take(shares.len()).map(|n| SortedRun::path(folder, n)).collect();
        let batches = batches.as_slice();
        let runs = std::thread::scope(|scope| {
            let writers: Vec<_> = shares
                .into_iter()
                .zip(paths)
                .map(|(share, path)| scope.spawn(move || SortedRun::write(layout, path, batches, share)))
                .collect();
            let lost = || {
                let error = std::io::Error::other("a writer of spilled rows has panicked");
                LoadError::file("spill to", folder)(error)
            };
            writers
                .into_iter()
                .map(|writer| writer.join().unwrap_or_else(|_| Err(lost())))
                .collect::<Vec<_>>()
        });
        for run in runs {
            self.runs.push(run?);
        }
        Ok(())
    }
}

/// Partitions, shared out so that each writer has about as many rows.
fn shares(partitions: Vec<(Partition, Vec<PlacedRange>)>) -> Vec<Vec<(Partition, Vec<PlacedRange>)>> {
    let rows = |placed: &[PlacedRange]| placed.iter().map(|placed| placed.range.len as usize).sum::<usize>();
    let all: usize = partitions.iter().map(|(_, placed)| rows(placed)).sum();
    let mut shares = vec![Vec::new()];
    let mut n_rows = 0;
    for (partition, placed) in partitions {
        if n_rows > all / WRITERS && shares.len() < WRITERS {
            shares.push(Vec::new());
            n_rows = 0;
        }
        n_rows += rows(&placed);
        if let Some(share) = shares.last_mut() {
            share.push((partition, placed));
        }
    }
    shares.retain(|share| !share.is_empty());
    shares
}
