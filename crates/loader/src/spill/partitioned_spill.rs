//! Spilled rows, hash-partitioned by unit.

use std::path::PathBuf;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_schema::{ArrowError, SchemaRef};

use crate::LoadError;
use crate::rows::batch::{RowNumber, VersionedBatch, number_column};
use crate::rows::cells::{Cells, hash_of};
use crate::rows::range::{RowRange, n_rows};
use crate::spill::block;
use crate::spill::block_file::{BlockFile, Blocks};
use crate::spill::sorted_run::NUMBERS;
use crate::storage::durable;
use crate::table::layout::schema_with;

/// Rows spilled to disk, partitioned by the hash of their unit: all rows of a unit are read back together, whichever file
/// they were spilled to. Each file holds [`PartitionedSpill::PARTS`] blocks, one for each part, so a part is found by its
/// number.
#[derive(Debug)]
pub(crate) struct PartitionedSpill {
    table: String,
    folder: PathBuf,
    name: &'static str,
    schema: SchemaRef,
    unit: Vec<usize>,
    files: Vec<Blocks>,
    /// Memory each part will take.
    part_bytes: Vec<usize>,
}

impl PartitionedSpill {
    pub(crate) const PARTS: usize = 256;

    pub(crate) fn new(
        table: &str,
        folder: PathBuf,
        name: &'static str,
        schema: &SchemaRef,
        unit: Vec<usize>,
    ) -> Self {
        Self {
            table: table.to_owned(),
            folder,
            name,
            schema: schema.clone(),
            unit,
            files: Vec::new(),
            part_bytes: vec![0; Self::PARTS],
        }
    }

    /// Forgets the spilled rows; their files go with their folder.
    pub(crate) fn clear(&mut self) {
        self.files.clear();
        self.part_bytes.fill(0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub(crate) fn part_bytes(&self, part: usize) -> usize {
        self.part_bytes[part]
    }

    /// Spills rows to a file of their own.
    pub(crate) fn write(&mut self, batches: &[VersionedBatch]) -> Result<(), LoadError> {
        let mut parts: Vec<Vec<RowRange>> = vec![Vec::new(); Self::PARTS];
        for (at, batch) in (0u32..).zip(batches) {
            let unit = Cells::columns(&batch.rows, &self.unit).unwrap_or_default();
            for row in 0..u32::try_from(batch.rows.num_rows()).unwrap_or(u32::MAX) {
                let part = &mut parts[(hash_of(&unit, row as usize, 0) >> 56) as usize];
                match part.last_mut() {
                    Some(last) if (last.batch, last.row + last.len) == (at, row) => last.len += 1,
                    _ => part.push(RowRange { batch: at, row, len: 1 }),
                }
            }
        }
        durable::create_folder(&self.folder)?;
        let path = self.folder.join(format!("{}-{:05}.rows", self.name, self.files.len()));
        let rows: Vec<&RecordBatch> = batches.iter().map(|batch| &batch.rows).collect();
        let mut file = BlockFile::create(path, schema_with(&self.schema, &NUMBERS, &[]))?;
        for (part_bytes, ranges) in self.part_bytes.iter_mut().zip(&parts) {
            let fill = |out: &mut Vec<u8>| {
                if ranges.is_empty() {
                    return Ok(());
                }
                block::write(&rows, ranges, out)?;
                let numbers = [RowNumber::Version, RowNumber::Index];
                block::write_whole(&numbers.map(|kind| number_column(batches, ranges, kind)), out)?;
                *part_bytes += out.len();
                Ok(())
            };
            file.write(n_rows(ranges), fill).map_err(LoadError::rows("spill", &self.table))?;
        }
        self.files.push(file.finish());
        Ok(())
    }

    /// All rows of some parts.
    pub(crate) fn read(&self, parts: std::ops::Range<usize>) -> Result<Vec<VersionedBatch>, LoadError> {
        let mut batches = Vec::new();
        for blocks in &self.files {
            let mut read = || -> Result<(), ArrowError> {
                for batch in blocks.read(parts.clone())? {
                    batches.push(self.versioned(&batch?)?);
                }
                Ok(())
            };
            read().map_err(LoadError::rows("read back", &self.table))?;
        }
        Ok(batches)
    }

    fn versioned(&self, batch: &RecordBatch) -> Result<VersionedBatch, ArrowError> {
        let n_columns = self.schema.fields().len();
        let numbers = |column: usize| batch.column(column).as_primitive::<UInt32Type>().values().to_vec();
        Ok(VersionedBatch {
            rows: RecordBatch::try_new(self.schema.clone(), batch.columns()[..n_columns].to_vec())?,
            version: numbers(n_columns),
            index: numbers(n_columns + 1),
        })
    }
}
