//! The table files of a lake in memory, as the loader would hand them to its writer.

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use arrow_select::concat::concat_batches;
use arrow_select::interleave::interleave_record_batch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// Rows of a batch: as many as the loader writes at a time.
const BATCH_ROWS: usize = 4096;

/// One file of a table.
pub(crate) struct TableFile {
    pub(crate) table: String,
    /// Where it stood within the lake.
    pub(crate) name: PathBuf,
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) n_rows: usize,
}

impl TableFile {
    /// The columns that bloom filters are for: the texts of the table's key.
    pub(crate) fn ids(&self) -> Vec<&'static str> {
        const IDS: [&str; 3] = ["agent_id", "conversation_id", "message_id"];
        IDS.into_iter().filter(|id| self.schema.index_of(id).is_ok()).collect()
    }

    /// How many values a filter of a row group may have to hold.
    pub(crate) fn max_values(&self) -> u64 {
        self.n_rows.clamp(1, 128 * 1024).next_power_of_two() as u64
    }

    /// Leaves the first rows only.
    pub(crate) fn cut(&mut self, n_rows: usize) {
        self.batches.truncate(n_rows.div_ceil(BATCH_ROWS).max(1));
        let whole: usize = self.batches.iter().skip(1).map(|_| BATCH_ROWS).sum();
        if let Some(last) = self.batches.last_mut() {
            *last = last.slice(0, last.num_rows().min(n_rows - whole));
        }
        self.n_rows = self.batches.iter().map(RecordBatch::num_rows).sum();
    }

    /// The columns without a value.
    pub(crate) fn always_null(&self) -> Vec<String> {
        let is_null =
            |at: usize| self.batches.iter().all(|batch| batch.column(at).null_count() == batch.num_rows());
        let fields = self.schema.fields().iter().enumerate().filter(|(at, _)| is_null(*at));
        fields.map(|(_, field)| field.name().clone()).collect()
    }

    /// The columns of a type, by name.
    pub(crate) fn of_type(&self, is_meant: impl Fn(&DataType) -> bool) -> Vec<&str> {
        let fields = self.schema.fields().iter().filter(|field| is_meant(field.data_type()));
        fields.map(|field| field.name().as_str()).collect()
    }
}

/// Reads all table files of a lake, sorted by name.
pub(crate) fn read(lake: &Path) -> Result<Vec<TableFile>, Box<dyn Error>> {
    let mut names = Vec::new();
    for table in entries(lake)? {
        if !table.file_name().is_some_and(|name| name.to_string_lossy().starts_with('_')) && table.is_dir() {
            find(&table, &mut names)?;
        }
    }
    names.sort();
    names.iter().map(|path| read_file(lake, path)).collect()
}

fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

fn find(folder: &Path, names: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for path in entries(folder)? {
        if path.is_dir() {
            find(&path, names)?;
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            names.push(path);
        }
    }
    Ok(())
}

fn read_file(lake: &Path, path: &Path) -> Result<TableFile, Box<dyn Error>> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    // Without the metadata of the file it came from.
    let schema = Arc::new(builder.schema().as_ref().clone().with_metadata(std::collections::HashMap::new()));
    let mut batches = Vec::new();
    for batch in builder.with_batch_size(BATCH_ROWS).build()? {
        batches.push(RecordBatch::try_new(schema.clone(), batch?.columns().to_vec())?);
    }
    let name = path.strip_prefix(lake)?.to_owned();
    let table = name.iter().next().unwrap_or_default().to_string_lossy().into_owned();
    let n_rows = batches.iter().map(RecordBatch::num_rows).sum();
    Ok(TableFile { table, name, schema, batches, n_rows })
}

/// All rows of each table in one file, sorted by conversation.
pub(crate) fn one_file_a_table(files: Vec<TableFile>) -> Result<Vec<TableFile>, Box<dyn Error>> {
    files.chunk_by(|a, b| a.table == b.table).map(one_file).collect()
}

fn one_file(files: &[TableFile]) -> Result<TableFile, Box<dyn Error>> {
    let first = files.first().ok_or("a table without files")?;
    let parts: Vec<&RecordBatch> = files.iter().flat_map(|file| &file.batches).collect();
    let mut rows = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let ids = part.column_by_name("conversation_id").ok_or("no column `conversation_id`")?;
        rows.extend(ids.as_string::<i32>().iter().enumerate().map(|(row, id)| (id, at, row)));
    }
    rows.sort_by_key(|(id, ..)| *id);
    let mut batches = Vec::new();
    for rows in rows.chunks(BATCH_ROWS) {
        let rows: Vec<(usize, usize)> = rows.iter().map(|(_, at, row)| (*at, *row)).collect();
        let batch = interleave_record_batch(&parts, &rows)?;
        batches.push(concat_batches(&first.schema, [&batch])?);
    }
    let name = PathBuf::from(&first.table).join("part-0.parquet");
    Ok(TableFile {
        table: first.table.clone(),
        name,
        schema: first.schema.clone(),
        batches,
        n_rows: rows.len(),
    })
}

/// Each column of each file as a file of its own, called by table and column.
pub(crate) fn by_column(files: &[TableFile]) -> Result<Vec<TableFile>, Box<dyn Error>> {
    let mut columns = Vec::new();
    for files in files.chunk_by(|a, b| a.table == b.table) {
        for (at, field) in files[0].schema.fields().iter().enumerate() {
            for file in files {
                let batches = file.batches.iter().map(|batch| batch.project(&[at]));
                columns.push(TableFile {
                    table: format!("{}.{}", file.table, field.name()),
                    name: file.name.clone(),
                    schema: Arc::new(file.schema.project(&[at])?),
                    batches: batches.collect::<Result<_, _>>()?,
                    n_rows: file.n_rows,
                });
            }
        }
    }
    Ok(columns)
}
