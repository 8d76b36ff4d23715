//! All columns of a table, as the newest commit has them, for readers that are no part of this project.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use convolake_batch::{Nulls, TextForm, arrow_field};

use crate::LoadError;
use crate::publish::commit::CommittedTable;
use crate::reads::live_tables::{LiveFile, LiveTable};
use crate::table::file::{TableFileReader, TableFileRows, in_file_order};
use crate::table::schema::{NULLABLE, stored_column};

/// The columns of a table that a commit knows; `None` where it is of a version that tells none, or of one that knows more types.
pub fn committed_schema(table: &CommittedTable) -> Option<SchemaRef> {
    let field = |line: &String| -> Option<Field> {
        let (name, column_type) = stored_column(line)?;
        let nulls = if line.ends_with(NULLABLE) { Nulls::Possible } else { Nulls::Never };
        Some(arrow_field(&name, column_type, TextForm::Utf8, nulls))
    };
    let fields = table.columns.iter().map(field).collect::<Option<Vec<_>>>()?;
    (!fields.is_empty()).then(|| Arc::new(Schema::new(fields)))
}

/// The rows of some files of a table, file by file. All methods block.
#[derive(Debug)]
pub struct WholeRows {
    table: String,
    schema: SchemaRef,
    files: std::vec::IntoIter<LiveFile>,
    open: Option<(TableFileRows, Vec<Option<usize>>)>,
}

impl LiveTable {
    /// The files that may hold a row of any of these stretches of days, in days since 1970-01-01; files of no known date hold none. All
    /// files where none is given.
    pub fn files_of(&self, stretches: Option<&[Range<i32>]>) -> Vec<LiveFile> {
        let meets = |file: &&LiveFile| match (stretches, &file.days) {
            (None, _) => true,
            (Some(stretches), Some(of_file)) => {
                stretches.iter().any(|days| of_file.start < days.end && days.start < of_file.end)
            }
            (Some(_), None) => false,
        };
        self.files.iter().filter(meets).cloned().collect()
    }
}

impl LiveFile {
    /// The columns of the file itself. Blocks.
    ///
    /// # Errors
    /// A file that does not read.
    pub fn schema(&self) -> Result<SchemaRef, LoadError> {
        Ok(SchemaRef::clone(TableFileReader::open(self.table_file())?.schema()))
    }
}

impl WholeRows {
    /// Reads these files as rows of `schema`, which has columns of the table. One that a file was written without is null in its rows.
    pub fn of(table: &str, schema: SchemaRef, files: Vec<LiveFile>) -> Self {
        Self { table: table.to_owned(), schema, files: files.into_iter(), open: None }
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>, LoadError> {
        loop {
            if let Some((rows, places)) = &mut self.open {
                match rows.next() {
                    Some(batch) => {
                        let batch = batch?;
                        if batch.num_rows() > 0 {
                            let rows = as_rows_of(&self.schema, places, &batch);
                            return rows.map(Some).map_err(|_| self.changed());
                        }
                        continue;
                    }
                    None => self.open = None,
                }
            }
            let Some(file) = self.files.next() else { return Ok(None) };
            let reader = TableFileReader::open(file.table_file())?;
            let in_file: Vec<Option<usize>> = self
                .schema
                .fields()
                .iter()
                .map(|field| reader.schema().index_of(field.name()).ok())
                .collect();
            let wanted: Vec<usize> = in_file.iter().flatten().copied().collect();
            let (columns, places) = in_file_order(&wanted);
            let mut places = places.into_iter();
            let places = in_file.iter().map(|found| found.and_then(|_| places.next())).collect();
            self.open = Some((reader.read(Some(&columns), None, None)?, places));
        }
    }

    fn changed(&self) -> LoadError {
        LoadError::SchemaChanged { table: self.table.clone() }
    }
}

impl Iterator for WholeRows {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().transpose()
    }
}

/// A file's rows with the columns asked for, each at its place among those read; a column that was not read is null.
fn as_rows_of(
    schema: &SchemaRef,
    places: &[Option<usize>],
    batch: &RecordBatch,
) -> Result<RecordBatch, ArrowError> {
    let column = |(field, place): (&Arc<Field>, &Option<usize>)| -> ArrayRef {
        match place {
            Some(place) => Arc::clone(batch.column(*place)),
            None => new_null_array(field.data_type(), batch.num_rows()),
        }
    };
    let columns = schema.fields().iter().zip(places).map(column).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(SchemaRef::clone(schema), columns, &options)
}
