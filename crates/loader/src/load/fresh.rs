use std::path::Path;

use super::cells::{Cells, hash_of};
use super::hashes::{Hashes, NotedHashes};
use super::piece::Piece;
use super::placed::{Placed, by_partition};
use super::resolve::place_uncontested;
use super::run::Run;
use super::shape::Shape;
use crate::partition::Partition;
use crate::{LoadError, durable};

/// Rows of a table that stores nothing yet, spilled in the order they will stand in: nearly every unit comes once, and
/// then nothing is left to do but to merge. Units that came more than once are found by their hashes, and resolved.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    pub(crate) runs: Vec<Run>,
    pub(crate) hashes: NotedHashes,
}

/// Runs written side by side.
const WRITERS: usize = 2;

impl Fresh {
    /// Notes the parents without rows.
    pub(crate) fn note_parents(&mut self, parents: &Piece) {
        let columns: Vec<usize> = (0..parents.batch.num_columns()).collect();
        if let Some(cells) = Cells::columns(&parents.batch, &columns) {
            (0..parents.batch.num_rows()).for_each(|row| self.hashes.note(hash_of(&cells, row, 0)));
        }
    }

    /// Notes the units of rows that stay in memory.
    pub(crate) fn note(&mut self, shape: &Shape, pieces: &[Piece]) -> Result<(), LoadError> {
        place_uncontested(shape, pieces, &Hashes::default(), |hash| self.hashes.note(hash))?;
        Ok(())
    }

    /// Writes rows out, sorted.
    pub(crate) fn spill(
        &mut self,
        shape: &Shape,
        folder: &Path,
        pieces: Vec<Piece>,
    ) -> Result<(), LoadError> {
        durable::create_folder(folder)?;
        let placed = place_uncontested(shape, &pieces, &Hashes::default(), |hash| self.hashes.note(hash))?;
        self.hashes.spill(folder)?;
        let shares = shares(by_partition(placed).into_iter().collect());
        let paths: Vec<_> = (self.runs.len()..).take(shares.len()).map(|n| Run::path(folder, n)).collect();
        let pieces = pieces.as_slice();
        let runs = std::thread::scope(|scope| {
            let writers: Vec<_> = shares
                .into_iter()
                .zip(paths)
                .map(|(share, path)| scope.spawn(move || Run::write(shape, path, pieces, share)))
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
fn shares(partitions: Vec<(Partition, Vec<Placed>)>) -> Vec<Vec<(Partition, Vec<Placed>)>> {
    let rows = |placed: &[Placed]| placed.iter().map(|placed| placed.strip.len as usize).sum::<usize>();
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
