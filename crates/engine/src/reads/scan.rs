//! A scan of a table: some columns of a pipeline's rows, of those rows where other columns hold given texts.

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch, StringArray};
use convolake_loader::{Lake, LoadError};
use jiff::Timestamp;

/// What to read of a pipeline's rows in a table.
pub(crate) struct Scan<'a> {
    pub(crate) table: &'a str,
    pub(crate) pipeline: &'a str,
    /// The columns to read.
    pub(crate) columns: &'a [&'a str],
    /// Columns, and the text that a row has to hold in each.
    pub(crate) equal: &'a [(&'a str, &'a str)],
    /// Which files are opened. Rows that nobody asked for come with them all the same.
    pub(crate) files: Files<'a>,
}

/// Which files of a table are opened.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Files<'a> {
    All,
    /// Those that may hold a row with one of these ids in a column.
    WithIds(&'a str, &'a BTreeSet<&'a str>),
    /// Those that may hold a row with an instant in a column that is not before this one.
    Since(&'a str, Timestamp),
    /// All that lie in the table's folder, whatever the newest commit names.
    Lying,
}

impl Scan<'_> {
    /// Reads the table batch by batch, one batch in memory at a time. A table that is not there has no rows.
    ///
    /// # Errors
    /// A file that does not read, or one without such a column.
    pub(crate) fn for_each(&self, lake: &Lake, mut each: impl FnMut(&Rows<'_>)) -> Result<(), LoadError> {
        let equal = self.equal.iter().map(|(column, _)| *column);
        let columns: Vec<&str> = self.columns.iter().copied().chain(equal).collect();
        let scan = lake.scan(self.table, self.pipeline).columns(columns);
        let scan = match self.files {
            Files::All => scan,
            Files::WithIds(_, ids) if ids.is_empty() => return Ok(()),
            Files::WithIds(column, ids) => {
                scan.files_with_ids(column, ids.iter().copied(), self.equal.iter().copied())
            }
            Files::Since(column, since) => scan.files_since(column, since.as_microsecond()),
            Files::Lying => scan.files_lying_there(),
        };
        for batch in scan.batches()? {
            each(&Rows::of(&batch?, self.equal));
        }
        Ok(())
    }
}

/// The rows of a batch that a scan is of.
pub(crate) struct Rows<'b> {
    batch: &'b RecordBatch,
    /// Their indices in the batch, ascending.
    selected: Vec<usize>,
}

impl<'b> Rows<'b> {
    fn of(batch: &'b RecordBatch, equal: &[(&str, &str)]) -> Self {
        let held: Vec<_> = equal.iter().map(|(column, text)| (texts(batch, column), *text)).collect();
        let is_held = |(array, text): &(Option<&StringArray>, &str), row: usize| {
            array.is_some_and(|array| array.is_valid(row) && array.value(row) == *text)
        };
        let is_selected = |row: &usize| held.iter().all(|column| is_held(column, *row));
        let selected = (0..batch.num_rows()).filter(is_selected).collect();
        Self { batch, selected }
    }

    /// The texts of a column, row by row; `None` where there is none, or the column holds no texts.
    pub(crate) fn texts(&self, column: &str) -> impl Iterator<Item = Option<&'b str>> {
        let array = texts(self.batch, column);
        self.selected.iter().map(move |row| Some(array.filter(|array| array.is_valid(*row))?.value(*row)))
    }

    /// The whole numbers of a column, row by row; `None` where there is none, or the column holds no whole numbers.
    pub(crate) fn integers(&self, column: &str) -> impl Iterator<Item = Option<i64>> {
        let array = self.batch.column_by_name(column);
        let array = array.and_then(|array| array.as_primitive_opt::<Int64Type>());
        self.selected.iter().map(move |row| Some(array.filter(|array| array.is_valid(*row))?.value(*row)))
    }

    /// The instants of a column, row by row; `None` where there is none, or the column holds no instants.
    pub(crate) fn instants(&self, column: &str) -> impl Iterator<Item = Option<Timestamp>> {
        let array = self.batch.column_by_name(column);
        let array = array.and_then(|array| array.as_primitive_opt::<TimestampMicrosecondType>());
        self.selected.iter().map(move |row| {
            let micros = array.filter(|array| array.is_valid(*row))?.value(*row);
            Timestamp::from_microsecond(micros).ok()
        })
    }
}

fn texts<'b>(batch: &'b RecordBatch, column: &str) -> Option<&'b StringArray> {
    batch.column_by_name(column)?.as_string_opt::<i32>()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, TimestampMicrosecondArray};

    use super::*;

    #[test]
    fn rows_are_selected_by_text_and_read_by_type() {
        let text = |values: &[Option<&str>]| Arc::new(values.iter().collect::<StringArray>()) as ArrayRef;
        let agent = text(&[Some("a"), Some("b"), None, Some("a")]);
        let id = text(&[Some("1"), Some("2"), Some("3"), None]);
        let at = TimestampMicrosecondArray::from(vec![None, Some(0), Some(0), Some(1_000_000)]);
        let batch =
            RecordBatch::try_from_iter([("agent", agent), ("id", id), ("at", Arc::new(at) as ArrayRef)]);
        let batch = batch.unwrap();
        let second = Timestamp::from_second(1).ok();
        for (equal, ids, instants) in [
            (
                &[][..],
                vec![Some("1"), Some("2"), Some("3"), None],
                vec![None, Some(Timestamp::UNIX_EPOCH), Some(Timestamp::UNIX_EPOCH), second],
            ),
            (&[("agent", "a")], vec![Some("1"), None], vec![None, second]),
            (&[("agent", "a"), ("id", "1")], vec![Some("1")], vec![None]),
            // Columns that hold no text, or are not there, hold no text that is asked for.
            (&[("at", "a")], vec![], vec![]),
            (&[("other", "a")], vec![], vec![]),
        ] {
            let rows = Rows::of(&batch, equal);
            assert_eq!(rows.texts("id").collect::<Vec<_>>(), ids, "{equal:?}");
            assert_eq!(rows.instants("at").collect::<Vec<_>>(), instants, "{equal:?}");
            assert!(rows.texts("at").all(|text| text.is_none()));
            assert!(rows.instants("id").all(|at| at.is_none()));
        }
    }
}
