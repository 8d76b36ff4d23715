use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_row::RowConverter;
use arrow_schema::{ArrowError, DataType, Field, Schema};

use super::piece::{Piece, batch_rows, gather, gather_columns};
use super::shape::Shape;
use crate::LoadError;
use crate::partition::Partition;

/// Rows of a batch in a run of spilled rows: what one cursor of a merge holds.
const RUN_BATCH_ROWS: usize = 1024;

/// A row that stands in the end, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) partition: Partition,
    pub(crate) piece: u32,
    pub(crate) row: u32,
    /// True where the key stands in another partition now.
    pub(crate) moved_in: bool,
}

/// What a load changes in a table.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) partitions: BTreeMap<Partition, PartitionChange>,
    pub(crate) rows_added: u64,
    pub(crate) rows_changed: u64,
    pub(crate) rows_removed: u64,
    last: Option<Partition>,
}

/// What a load changes in a partition; one that does not change is not written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PartitionChange {
    /// A row moves from here to another partition.
    pub(crate) loses: bool,
    /// A row moves here from another partition.
    pub(crate) gains: bool,
}

impl Changes {
    pub(crate) fn added(&mut self, partition: Partition) {
        self.rows_added += 1;
        // Rows come conversation by conversation, so mostly to the partition of the row before.
        if self.last != Some(partition) {
            self.partitions.entry(partition).or_default();
            self.last = Some(partition);
        }
    }

    pub(crate) fn removed(&mut self, partition: Partition) {
        self.rows_removed += 1;
        self.partitions.entry(partition).or_default();
    }

    /// A whole file gives way, unread.
    pub(crate) fn replaced(&mut self, partition: Partition, n_rows: u64) {
        self.rows_removed += n_rows;
        self.partitions.entry(partition).or_default().loses = true;
    }

    pub(crate) fn changed(&mut self, from: Partition, to: Partition) {
        self.rows_changed += 1;
        self.partitions.entry(from).or_default().loses |= from != to;
        self.partitions.entry(to).or_default().gains |= from != to;
    }
}

/// The resolved rows of a table by partition: those of the last chunk in memory where it was the only one, all
/// others in sorted runs on disk.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// The pieces the rows in memory stand in.
    pub(crate) pieces: Vec<Piece>,
    pub(crate) in_memory: BTreeMap<Partition, Vec<Placed>>,
    pub(crate) runs: Vec<Run>,
}

/// Rows on disk, sorted by partition and then by the table's order.
#[derive(Debug)]
pub(crate) struct Run {
    path: PathBuf,
    /// The batches of each partition.
    batches: BTreeMap<Partition, Range<usize>>,
}

impl Resolved {
    /// Keeps the rows of the only chunk where they are.
    pub(crate) fn in_memory(pieces: Vec<Piece>, placed: Vec<Placed>) -> Self {
        Self { pieces, in_memory: by_partition(placed), runs: Vec::new() }
    }

    /// Writes the rows of one of several chunks out as a run.
    pub(crate) fn add_run(
        &mut self,
        shape: &Shape,
        folder: &Path,
        pieces: &[Piece],
        placed: Vec<Placed>,
    ) -> Result<(), LoadError> {
        crate::durable::create_folder(folder)?;
        let path = folder.join(format!("run-{:05}.arrow", self.runs.len()));
        let file = BufWriter::new(File::create(&path).map_err(LoadError::file("spill to", &path))?);
        let batches: Vec<&RecordBatch> = pieces.iter().map(|piece| &piece.batch).collect();
        let converter = shape.order_converter()?;
        let failed = || LoadError::rows("spill", &shape.name);
        let schema = run_schema(shape);
        let mut writer = FileWriter::try_new(file, &schema).map_err(failed())?;
        let mut run = Run { path, batches: BTreeMap::new() };
        let mut n_batches = 0;
        let bytes = pieces.iter().map(Piece::bytes).sum();
        let n_rows = batches.iter().map(|batch| batch.num_rows()).sum();
        let batch_rows = batch_rows(bytes, n_rows, RUN_BATCH_ROWS);
        for (partition, mut placed) in by_partition(placed) {
            sort(shape, &converter, &batches, &mut placed).map_err(failed())?;
            let begin = n_batches;
            for placed in placed.chunks(batch_rows) {
                let rows: Vec<(usize, usize)> = placed.iter().map(Placed::at).collect();
                let batch = gather(&shape.schema, &batches, &rows).map_err(failed())?;
                let mut columns = batch.columns().to_vec();
                let moved_in: BooleanArray = placed.iter().map(|placed| Some(placed.moved_in)).collect();
                columns.push(Arc::new(moved_in));
                let batch = RecordBatch::try_new(schema.clone(), columns).map_err(failed())?;
                writer.write(&batch).map_err(failed())?;
                n_batches += 1;
            }
            run.batches.insert(partition, begin..n_batches);
        }
        writer.finish().map_err(failed())?;
        self.runs.push(run);
        Ok(())
    }
}

impl Placed {
    pub(crate) fn at(&self) -> (usize, usize) {
        (self.piece as usize, self.row as usize)
    }
}

/// Sorts rows by the table's order. Rows come nearly sorted, of which the stable sort makes use.
pub(crate) fn sort(
    shape: &Shape,
    converter: &RowConverter,
    batches: &[&RecordBatch],
    placed: &mut [Placed],
) -> Result<(), ArrowError> {
    let rows: Vec<(usize, usize)> = placed.iter().map(Placed::at).collect();
    let columns = gather_columns(batches, &rows, &shape.order)?;
    if rows.is_empty() {
        return Ok(());
    }
    let encoded = converter.convert_columns(&columns)?;
    let mut order: Vec<usize> = (0..placed.len()).collect();
    order.sort_by(|a, b| encoded.row(*a).cmp(&encoded.row(*b)));
    let sorted: Vec<Placed> = order.into_iter().map(|at| placed[at]).collect();
    placed.copy_from_slice(&sorted);
    Ok(())
}

fn by_partition(placed: Vec<Placed>) -> BTreeMap<Partition, Vec<Placed>> {
    let mut partitions: BTreeMap<Partition, Vec<Placed>> = BTreeMap::new();
    for rows in placed.chunk_by(|a, b| a.partition == b.partition) {
        partitions.entry(rows[0].partition).or_default().extend_from_slice(rows);
    }
    partitions
}

fn run_schema(shape: &Shape) -> Arc<Schema> {
    let mut fields = shape.schema.fields().to_vec();
    fields.push(Arc::new(Field::new("#moved_in", DataType::Boolean, false)));
    Arc::new(Schema::new(fields))
}

/// The rows of one partition in a run, with for each whether it moved in.
pub(crate) struct RunRows {
    reader: FileReader<BufReader<File>>,
    left: usize,
}

impl Run {
    pub(crate) fn rows(&self, shape: &Shape, partition: Partition) -> Result<Option<RunRows>, LoadError> {
        let Some(batches) = self.batches.get(&partition) else {
            return Ok(None);
        };
        let file = File::open(&self.path).map_err(LoadError::file("read the spilled rows in", &self.path))?;
        let open = || -> Result<_, ArrowError> {
            let mut reader = FileReader::try_new(BufReader::new(file), None)?;
            reader.set_index(batches.start)?;
            Ok(reader)
        };
        let reader = open().map_err(LoadError::rows("read back", &shape.name))?;
        Ok(Some(RunRows { reader, left: batches.len() }))
    }
}

impl Iterator for RunRows {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        self.reader.next()
    }
}
