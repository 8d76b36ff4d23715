use std::path::Path;

use arrow_schema::SchemaRef;

use crate::LoadError;
use crate::rows::batch::VersionedBatch;
use crate::spill::parts::Spill;

/// Rows held in memory up to a limit, and then spilled.
#[derive(Debug)]
pub(crate) struct Buffer {
    pieces: Vec<VersionedBatch>,
    bytes: usize,
    spill: Spill,
}

impl Buffer {
    pub(crate) fn new(
        table: &str,
        folder: &Path,
        name: &'static str,
        schema: &SchemaRef,
        unit: Vec<usize>,
    ) -> Self {
        Self {
            pieces: Vec::new(),
            bytes: 0,
            spill: Spill::new(table, folder.join(table), name, schema, unit),
        }
    }

    /// The memory its rows take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn push(&mut self, piece: VersionedBatch) {
        self.bytes += piece.bytes();
        self.pieces.push(piece);
    }

    pub(crate) fn spill(&mut self) -> Result<(), LoadError> {
        if !self.pieces.is_empty() {
            self.spill.write(&self.pieces)?;
            self.pieces = Vec::new();
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

    /// What is in memory, where nothing was spilled.
    pub(crate) fn take(&mut self) -> Vec<VersionedBatch> {
        self.bytes = 0;
        std::mem::take(&mut self.pieces)
    }

    /// Forgets what is in memory or spilled.
    pub(crate) fn clear(&mut self) {
        self.take();
        self.spill.clear();
    }

    /// Some parts, where all was spilled.
    pub(crate) fn read(&self, parts: std::ops::Range<usize>) -> Result<Vec<VersionedBatch>, LoadError> {
        self.spill.read(parts)
    }
}
