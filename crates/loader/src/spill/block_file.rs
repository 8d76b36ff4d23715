//! Files of blocks of rows, for the process that writes them alone: where each block lies is kept in memory.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};

use crate::LoadError;
use crate::spill::block;

/// A file being written, block by block.
pub(crate) struct BlockFile {
    file: File,
    /// The block that is being made; its memory serves all of them.
    block: Vec<u8>,
    end: u64,
    blocks: Blocks,
}

impl BlockFile {
    /// Begins a file for rows of this schema.
    pub(crate) fn create(path: PathBuf, schema: SchemaRef) -> Result<Self, LoadError> {
        let file = File::create(&path).map_err(LoadError::file("spill to", &path))?;
        let blocks = Blocks { path, schema, extents: Vec::new() };
        Ok(Self { file, block: Vec::new(), end: 0, blocks })
    }

    /// Writes a block of so many rows, which `fill` makes of [`block::write`].
    pub(crate) fn write(
        &mut self,
        n_rows: usize,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), ArrowError>,
    ) -> Result<(), ArrowError> {
        self.block.clear();
        fill(&mut self.block)?;
        self.file.write_all(&self.block)?;
        let n_bytes = self.block.len();
        self.blocks.extents.push(Extent { begin: self.end, n_bytes, n_rows });
        self.end += n_bytes as u64;
        Ok(())
    }

    pub(crate) fn n_blocks(&self) -> usize {
        self.blocks.extents.len()
    }

    pub(crate) fn finish(self) -> Blocks {
        self.blocks
    }
}

/// The blocks of a file: where they are, and what they are.
#[derive(Debug)]
pub(crate) struct Blocks {
    path: PathBuf,
    schema: SchemaRef,
    extents: Vec<Extent>,
}

#[derive(Debug, Clone, Copy)]
struct Extent {
    begin: u64,
    n_bytes: usize,
    n_rows: usize,
}

impl Blocks {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads some of the blocks, one after the other.
    pub(crate) fn read(&self, blocks: Range<usize>) -> Result<BlockReader, ArrowError> {
        Ok(BlockReader {
            file: File::open(&self.path)?,
            schema: self.schema.clone(),
            extents: self.extents.get(blocks).unwrap_or_default().to_vec().into_iter(),
        })
    }
}

/// The rows of blocks, each block in memory that its columns share; blocks without rows are passed over.
pub(crate) struct BlockReader {
    file: File,
    schema: SchemaRef,
    extents: std::vec::IntoIter<Extent>,
}

impl Iterator for BlockReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Extent { begin, n_bytes, n_rows } = self.extents.find(|extent| extent.n_rows > 0)?;
        let mut read = || {
            let mut bytes = Vec::with_capacity(n_bytes);
            self.file.seek(SeekFrom::Start(begin))?;
            // A file that ends early gives a block that is too short, which is found to be damaged.
            (&mut self.file).take(n_bytes as u64).read_to_end(&mut bytes)?;
            block::read(&self.schema, n_rows, bytes.into())
        };
        Some(read())
    }
}
