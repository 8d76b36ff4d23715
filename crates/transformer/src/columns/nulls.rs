//! Which cells of a growing column are null.

use arrow_buffer::{BooleanBufferBuilder, NullBuffer};

/// Which cells of a growing column are null, as runs: a cell that is not null costs nothing.
#[derive(Default)]
pub(crate) struct Nulls {
    /// The first of each run and how many they are, in order.
    runs: Vec<(usize, usize)>,
}

impl Nulls {
    /// The `n` cells from `first` on are null, and all known ones come before them.
    pub(crate) fn add(&mut self, first: usize, n: usize) {
        match self.runs.last_mut() {
            Some((begin, len)) if *begin + *len == first => *len += n,
            _ if n > 0 => self.runs.push((first, n)),
            _ => {}
        }
    }

    /// True where the cell is null, or one behind it.
    pub(crate) fn has_any_from(&self, cell: usize) -> bool {
        self.runs.last().is_some_and(|(first, n)| first + n > cell)
    }

    pub(crate) fn contains(&self, cell: usize) -> bool {
        let later = self.runs.partition_point(|(first, _)| *first <= cell);
        self.runs[..later].last().is_some_and(|(first, n)| cell < first + n)
    }

    /// All of a column of `len` cells; `None` where none is null. There are none afterwards.
    pub(crate) fn take(&mut self, len: usize) -> Option<NullBuffer> {
        if self.runs.is_empty() {
            return None;
        }
        let mut valid = BooleanBufferBuilder::new(len);
        for (first, n) in self.runs.drain(..) {
            valid.append_n(first - valid.len(), true);
            valid.append_n(n, false);
        }
        valid.append_n(len - valid.len(), true);
        Some(NullBuffer::new(valid.finish()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn null_is_what_was_added(cells in proptest::collection::vec(any::<bool>(), 0..40), by in 1usize..4) {
            let mut nulls = Nulls::default();
            let mut at = 0;
            for run in cells.chunk_by(|a, b| a == b) {
                // A run may come in parts.
                let parts = run.chunks(by).filter(|part| part[0]);
                for (part, cells) in parts.enumerate() {
                    nulls.add(at + part * by, cells.len());
                }
                at += run.len();
            }
            nulls.add(at, 0);
            let found: Vec<bool> = (0..cells.len()).map(|cell| nulls.contains(cell)).collect();
            prop_assert_eq!(&found, &cells);
            for cell in 0..=cells.len() {
                prop_assert_eq!(nulls.has_any_from(cell), cells[cell..].contains(&true));
            }
            let buffer = nulls.take(cells.len());
            prop_assert_eq!(buffer.is_some(), cells.contains(&true));
            let found: Vec<bool> =
                (0..cells.len()).map(|cell| buffer.as_ref().is_some_and(|nulls| nulls.is_null(cell))).collect();
            prop_assert_eq!(&found, &cells);
            prop_assert!(nulls.take(cells.len()).is_none());
        }
    }
}
