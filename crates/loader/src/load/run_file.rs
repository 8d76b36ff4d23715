//! The file of a run: Arrow batches, those of a partition side by side.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::writer::FileWriter;
use arrow_ipc::{Block, MetadataVersion, root_as_footer};
use arrow_schema::{ArrowError, SchemaRef};

use super::shape::Shape;
use crate::LoadError;
use crate::partition::Partition;

/// For each partition which of a file's batches are its, and how many rows it has.
pub(crate) type Extents = BTreeMap<Partition, (Range<usize>, u64)>;

/// A run being written, partition by partition.
pub(crate) struct RunFile {
    table: String,
    pub(crate) schema: SchemaRef,
    writer: FileWriter<BufWriter<File>>,
    path: PathBuf,
    partitions: Extents,
    n_batches: usize,
    /// The first batch of the open partition, and its rows so far.
    begin: usize,
    n_rows: u64,
}

impl RunFile {
    /// Begins a file for rows of this schema.
    pub(crate) fn create(shape: &Shape, schema: SchemaRef, path: PathBuf) -> Result<Self, LoadError> {
        let file = File::create(&path).map_err(LoadError::file("spill to", &path))?;
        let writer = FileWriter::try_new(BufWriter::with_capacity(1 << 20, file), &schema)
            .map_err(LoadError::rows("spill", &shape.name))?;
        Ok(Self {
            table: shape.name.clone(),
            schema,
            writer,
            path,
            partitions: BTreeMap::new(),
            n_batches: 0,
            begin: 0,
            n_rows: 0,
        })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LoadError> {
        self.n_batches += 1;
        self.n_rows += batch.num_rows() as u64;
        self.writer.write(batch).map_err(LoadError::rows("spill", &self.table))
    }

    /// What is written from here on is of another partition.
    pub(crate) fn end_partition(&mut self, partition: Partition) {
        self.partitions.insert(partition, (self.begin..self.n_batches, self.n_rows));
        (self.begin, self.n_rows) = (self.n_batches, 0);
    }

    /// Closes the file; gives its batches, and where those of each partition are.
    pub(crate) fn finish(mut self) -> Result<(Blocks, Extents), LoadError> {
        self.writer.finish().map_err(LoadError::rows("spill", &self.table))?;
        let blocks =
            Blocks::find(self.path, self.schema).map_err(LoadError::rows("read back", &self.table))?;
        Ok((blocks, self.partitions))
    }
}

/// The batches of a run's file: where they are, and what they are.
#[derive(Debug)]
pub(crate) struct Blocks {
    path: PathBuf,
    schema: SchemaRef,
    version: MetadataVersion,
    blocks: Vec<Block>,
}

impl Blocks {
    fn find(path: PathBuf, schema: SchemaRef) -> Result<Self, ArrowError> {
        const TRAILER: usize = 10;
        let mut file = File::open(&path)?;
        file.seek(SeekFrom::End(-10))?;
        let mut trailer = [0; TRAILER];
        file.read_exact(&mut trailer)?;
        let n_bytes = read_footer_length(trailer)?;
        let back = i64::try_from(n_bytes + TRAILER).unwrap_or(i64::MAX);
        let start = file.seek(SeekFrom::End(-back))?;
        let footer = read_bytes(&mut file, start, n_bytes)?;
        let footer = root_as_footer(&footer)
            .map_err(|error| ArrowError::ParseError(format!("its footer: {error}")))?;
        let blocks = footer.recordBatches().into_iter().flatten().copied().collect();
        Ok(Self { path, schema, version: footer.version(), blocks })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads some of the batches, one after the other.
    pub(crate) fn read(&self, batches: Range<usize>) -> Result<BlockReader, ArrowError> {
        Ok(BlockReader {
            file: File::open(&self.path)?,
            decoder: FileDecoder::new(self.schema.clone(), self.version),
            blocks: self.blocks.get(batches).unwrap_or_default().to_vec().into_iter(),
        })
    }
}

/// Batches of a run's file, read into memory that they then stand in.
pub(crate) struct BlockReader {
    file: File,
    decoder: FileDecoder,
    blocks: std::vec::IntoIter<Block>,
}

impl Iterator for BlockReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.blocks.next()?;
        let mut read = || {
            let n = |n: i64| usize::try_from(n).unwrap_or_default();
            let n_bytes = n(block.metaDataLength().into()) + n(block.bodyLength());
            let start = u64::try_from(block.offset()).unwrap_or_default();
            let bytes = Buffer::from_vec(read_bytes(&mut self.file, start, n_bytes)?);
            let batch = self.decoder.read_record_batch(&block, &bytes)?;
            batch.ok_or_else(|| ArrowError::ParseError("a block without rows".to_owned()))
        };
        Some(read())
    }
}

/// As many bytes as asked for.
fn read_bytes(file: &mut File, start: u64, n_bytes: usize) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::with_capacity(n_bytes);
    file.take(n_bytes as u64).read_to_end(&mut bytes)?;
    match bytes.len() == n_bytes {
        true => Ok(bytes),
        false => Err(ErrorKind::UnexpectedEof.into()),
    }
}
