//! Rows in memory that are spilled when they are too many.

use std::path::Path;

use arrow_schema::SchemaRef;

use crate::LoadError;
use crate::rows::batch::VersionedBatch;
use crate::spill::partitioned_spill::PartitionedSpill;

/// Rows in memory, and those of them that were spilled.
#[derive(Debug)]
pub(crate) struct SpillBuffer {
    batches: Vec<VersionedBatch>,
    bytes: usize,
    spill: PartitionedSpill,
}

impl SpillBuffer {
    pub(crate) fn new(
        table: &str,
        folder: &Path,
        name: &'static str,
        schema: &SchemaRef,
        unit: Vec<usize>,
    ) -> Self {
        Self {
            batches: Vec::new(),
            bytes: 0,
            spill: PartitionedSpill::new(table, folder.join(table), name, schema, unit),
        }
    }

    /// The memory its rows take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Holds rows in memory.
    pub(crate) fn push(&mut self, batch: VersionedBatch) {
        self.bytes += batch.bytes();
        self.batches.push(batch);
    }

    /// Moves the rows in memory to disk.
    pub(crate) fn spill(&mut self) -> Result<(), LoadError> {
        if !self.batches.is_empty() {
            self.spill.write(&self.batches)?;
            self.batches = Vec::new();
            self.bytes = 0;
        }
        Ok(())
    }

    pub(crate) fn has_spilled(&self) -> bool {
        !self.spill.is_empty()
    }

    pub(crate) fn part_bytes(&self, part: usize) -> usize {
        self.spill.part_bytes(part)
    }

    /// Gives up the rows in memory.
    pub(crate) fn take_in_memory(&mut self) -> Vec<VersionedBatch> {
        self.bytes = 0;
        std::mem::take(&mut self.batches)
    }

    /// Forgets all rows, in memory or spilled.
    pub(crate) fn clear(&mut self) {
        self.take_in_memory();
        self.spill.clear();
    }

    /// The rows of some parts, where all rows were spilled.
    pub(crate) fn read(&self, parts: std::ops::Range<usize>) -> Result<Vec<VersionedBatch>, LoadError> {
        self.spill.read(parts)
    }
}
