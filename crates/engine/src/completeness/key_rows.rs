//! Rows of a batch by their key.

use std::hash::{DefaultHasher, Hash, Hasher};

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, StringArray};

/// A hash of a key.
pub(crate) fn hash<'a>(key: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.into_iter().for_each(|value| value.hash(&mut hasher));
    hasher.finish()
}

/// The rows of a batch that hold certain texts, by their key.
pub(crate) struct KeyRows<'b> {
    n_rows: usize,
    held: Vec<(&'b StringArray, &'b str)>,
    key: Vec<&'b StringArray>,
}

impl<'b> KeyRows<'b> {
    /// The rows that hold these texts; `None` where a column is no text.
    pub(crate) fn of<'c: 'b>(
        batch: &'b RecordBatch,
        held: impl Iterator<Item = &'c (&'c str, &'c str)>,
        key: &[&str],
    ) -> Option<Self> {
        let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
        let held = held.map(|(name, value)| Some((text(name)?, *value))).collect::<Option<_>>()?;
        let key = key.iter().map(|name| text(name)).collect::<Option<_>>()?;
        Some(Self { n_rows: batch.num_rows(), held, key })
    }

    /// Each row with the hash of its key.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = (usize, u64)> {
        let holds = |row: &usize| {
            self.held.iter().all(|(array, text)| array.is_valid(*row) && array.value(*row) == *text)
        };
        (0..self.n_rows).filter(holds).map(|row| (row, hash(self.key.iter().map(|array| array.value(row)))))
    }

    /// The key of a row as one text.
    pub(crate) fn id(&self, row: usize) -> String {
        let parts: Vec<&str> = self.key.iter().map(|array| array.value(row)).collect();
        parts.join("/")
    }
}
