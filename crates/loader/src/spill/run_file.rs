//! The file of a sorted run: blocks of rows, those of a partition one behind the other.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use arrow_schema::{ArrowError, SchemaRef};

use crate::LoadError;
use crate::spill::block_file::{BlockFile, Blocks};
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;

/// For each partition which of a file's blocks are its, and how many rows it has.
pub(crate) type Extents = BTreeMap<Partition, (Range<usize>, u64)>;

/// A run being written, partition by partition.
pub(crate) struct SortedRunFile {
    table: String,
    file: BlockFile,
    partitions: Extents,
    /// The first block of the open partition, and its rows so far.
    begin: usize,
    n_rows: u64,
}

impl SortedRunFile {
    /// Begins a file for rows of this schema.
    pub(crate) fn create(layout: &TableLayout, schema: SchemaRef, path: PathBuf) -> Result<Self, LoadError> {
        Ok(Self {
            table: layout.name.clone(),
            file: BlockFile::create(path, schema)?,
            partitions: BTreeMap::new(),
            begin: 0,
            n_rows: 0,
        })
    }

    /// Writes a block of so many rows, which `fill` makes.
    pub(crate) fn write(
        &mut self,
        n_rows: usize,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), ArrowError>,
    ) -> Result<(), LoadError> {
        self.n_rows += n_rows as u64;
        self.file.write(n_rows, fill).map_err(LoadError::rows("spill", &self.table))
    }

    /// Ends a partition: blocks that are written from here on are of another one.
    pub(crate) fn end_partition(&mut self, partition: Partition) {
        let end = self.file.n_blocks();
        self.partitions.insert(partition, (self.begin..end, self.n_rows));
        (self.begin, self.n_rows) = (end, 0);
    }

    /// Closes the file; gives its blocks, and where those of each partition are.
    pub(crate) fn finish(self) -> (Blocks, Extents) {
        (self.file.finish(), self.partitions)
    }
}
