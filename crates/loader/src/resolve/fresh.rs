use std::path::Path;

use crate::LoadError;
use crate::resolve::placed::{PlacedRange, by_partition};
use crate::resolve::resolver::place_uncontested;
use crate::rows::batch::VersionedBatch;
use crate::rows::cells::{Cells, hash_of};
use crate::rows::hashes::{Hashes, NotedHashes};
use crate::spill::sorted_run::SortedRun;
use crate::storage::durable;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;

/// Rows of a table that stores nothing yet, spilled in the order they will stand in: nearly every unit comes once, and
/// then nothing is left to do but to merge. Units that came more than once are found by their hashes, and resolved.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    pub(crate) runs: Vec<SortedRun>,
    pub(crate) hashes: NotedHashes,
}

/// Runs written side by side.
const WRITERS: usize = 2;

impl Fresh {
    /// Notes the parents without rows.
    pub(crate) fn note_parents(&mut self, parents: &VersionedBatch) {
        let columns: Vec<usize> = (0..parents.batch.num_columns()).collect();
        if let Some(cells) = Cells::columns(&parents.batch, &columns) {
            (0..parents.batch.num_rows()).for_each(|row| self.hashes.note(hash_of(&cells, row, 0)));
        }
    }

    /// Notes the units of rows that stay in memory.
    pub(crate) fn note(&mut self, layout: &TableLayout, pieces: &[VersionedBatch]) -> Result<(), LoadError> {
        place_uncontested(layout, pieces, &Hashes::default(), |hash| self.hashes.note(hash))?;
        Ok(())
    }

    /// Writes rows out, sorted.
    pub(crate) fn spill(
        &mut self,
        layout: &TableLayout,
        folder: &Path,
        pieces: Vec<VersionedBatch>,
    ) -> Result<(), LoadError> {
        durable::create_folder(folder)?;
        let placed = place_uncontested(layout, &pieces, &Hashes::default(), |hash| self.hashes.note(hash))?;
        self.hashes.spill(folder)?;
        let shares = shares(by_partition(placed).into_iter().collect());
        let paths: Vec<_> =
            (self.runs.len()..).take(shares.len()).map(|n| SortedRun::path(folder, n)).collect();
        let pieces = pieces.as_slice();
        let runs = std::thread::scope(|scope| {
            let writers: Vec<_> = shares
                .into_iter()
                .zip(paths)
                .map(|(share, path)| scope.spawn(move || SortedRun::write(layout, path, pieces, share)))
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
