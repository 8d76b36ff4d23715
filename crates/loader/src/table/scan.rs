use std::vec;

use arrow_array::RecordBatch;

use crate::storage::LakeStorage;
use crate::table::file;
use crate::table::file::{TableFile, TableFileReader, TableFileRows};
use crate::{LoadError, paths};

/// Columns of a pipeline's rows in a table, batch by batch. See [`Lake::lookup`].
pub struct Lookup {
    table: String,
    columns: Vec<String>,
    files: vec::IntoIter<TableFile>,
    open: Option<(TableFileRows, Vec<usize>)>,
}

/// Some columns of all rows a pipeline has in a table: first `id_columns`, then `columns`, in this order. Files are
/// read one by one, and of them only these columns. A table that is not there has no rows.
///
/// # Errors
/// A file that does not read; [`LoadError::SchemaChanged`] for one without such a column.
pub(crate) fn lookup(
    lake: &LakeStorage,
    table: &str,
    pipeline: &str,
    id_columns: &[&str],
    columns: &[&str],
) -> Result<Lookup, LoadError> {
    paths::name("the pipeline", pipeline)?;
    let files = file::list(lake, paths::name("the table", table)?, pipeline)?;
    let columns = id_columns.iter().chain(columns).map(|column| (*column).to_owned()).collect();
    Ok(Lookup { table: table.to_owned(), columns, files: files.into_iter(), open: None })
}

impl Lookup {
    /// A file's rows, and where in its batches the columns stand.
    fn open(&self, file: &TableFile) -> Result<(TableFileRows, Vec<usize>), LoadError> {
        let reader = TableFileReader::open(file)?;
        let position = |column: &String| reader.schema().index_of(column).ok();
        let Some(columns) = self.columns.iter().map(position).collect::<Option<Vec<_>>>() else {
            return Err(LoadError::SchemaChanged { table: self.table.clone() });
        };
        let (columns, places) = file::in_file_order(&columns);
        Ok((reader.read(Some(&columns), None, None)?, places))
    }
}

impl Iterator for Lookup {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((rows, places)) = &mut self.open
                && let Some(batch) = rows.next()
            {
                let project =
                    |batch: RecordBatch| batch.project(places).map_err(LoadError::rows("read", &self.table));
                return Some(batch.and_then(project));
            }
            let file = self.files.next()?;
            match self.open(&file) {
                Ok(open) => self.open = Some(open),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
