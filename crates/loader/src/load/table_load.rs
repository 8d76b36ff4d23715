use std::path::Path;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;

use super::buffer::Buffer;
use super::existing;
use super::piece::Piece;
use super::placed::{Changes, Resolved};
use super::resolve::Resolver;
use super::rows::{LoadMode, Parents, Rows};
use super::shape::Shape;
use super::spill::Spill;
use super::stage::ResolvedTable;
use super::units::{Affected, Units};
use super::version::Versions;
use crate::LoadError;
use crate::table_file::{TableFile, TableFileReader};

/// A table while rows are pushed for it.
#[derive(Debug)]
pub(crate) struct TableLoad {
    pub(crate) shape: Shape,
    pub(crate) files: Vec<TableFile>,
    pub(crate) rows: Buffer,
    /// Parents without rows.
    pub(crate) emptied: Buffer,
    /// What was pushed, as far as anything stored may have to give way to it.
    pub(crate) units: Units,
}

/// What all tables of a load are resolved with.
pub(crate) struct Context<'a> {
    pub(crate) mode: LoadMode,
    pub(crate) memory_bytes: usize,
    pub(crate) versions: &'a Versions,
    pub(crate) ranks: &'a [u32],
    pub(crate) spill_folder: &'a Path,
}

impl TableLoad {
    pub(crate) fn push(&mut self, rows: Rows, version: u32, mode: LoadMode) -> Result<(), LoadError> {
        let Self { shape, .. } = self;
        let Rows { batch, index_in_page, parents, .. } = rows;
        if index_in_page.len() != batch.num_rows() {
            return Err(LoadError::misfit(&shape.name, "`index_in_page` is not as long as the batch"));
        }
        let batch = RecordBatch::try_new(shape.schema.clone(), batch.columns().to_vec())
            .map_err(|error| LoadError::misfit(&shape.name, error.to_string()))?;
        // Only what is stored can have to give way.
        let collects = mode == LoadMode::Merge && !self.files.is_empty();
        if let Some(parents) = parents
            && !shape.unit_is_key()
        {
            let keys = emptied(shape, parents, &index_in_page)?;
            if collects {
                self.units.add(&keys.batch, &(0..keys.batch.num_columns()).collect::<Vec<_>>());
            }
            let n_rows = keys.batch.num_rows();
            if n_rows > 0 {
                self.emptied.push(Piece { version: vec![version; n_rows], ..keys });
            }
        }
        if batch.num_rows() > 0 {
            if collects {
                self.units.add(&batch, &shape.unit);
            }
            self.rows.push(Piece { version: vec![version; batch.num_rows()], index: index_in_page, batch });
        }
        Ok(())
    }

    /// One row a key, from what was pushed and what is stored.
    pub(crate) fn resolve(&mut self, context: &Context<'_>) -> Result<ResolvedTable<'_>, LoadError> {
        let affected = match context.mode {
            LoadMode::Rebuild => Affected::All,
            LoadMode::Merge => Affected::Some(std::mem::take(&mut self.units)),
        };
        let mut changes = Changes::default();
        self.extract(context, &affected, &mut changes)?;
        let resolver = Resolver {
            shape: &self.shape,
            mode: context.mode,
            versions: context.versions,
            ranks: context.ranks,
            stored: &self.files,
        };
        let mut resolved = Resolved::default();
        if self.rows.has_spilled() || self.emptied.has_spilled() {
            self.rows.spill()?;
            self.emptied.spill()?;
            for parts in chunks(context.memory_bytes / 4, |part| {
                self.rows.part_bytes(part) + self.emptied.part_bytes(part)
            }) {
                let pieces = self.rows.read(parts.clone())?;
                let placed = resolver.resolve(&pieces, &self.emptied.read(parts)?, &mut changes)?;
                let folder = context.spill_folder.join(&self.shape.name);
                resolved.add_run(&self.shape, &folder, &pieces, placed)?;
            }
        } else {
            let pieces = self.rows.take();
            let placed = resolver.resolve(&pieces, &self.emptied.take(), &mut changes)?;
            resolved = Resolved::in_memory(pieces, placed);
        }
        Ok(ResolvedTable { shape: &self.shape, files: &self.files, affected, resolved, changes })
    }

    /// Puts the stored rows that may have to give way beside those pushed.
    fn extract(
        &mut self,
        context: &Context<'_>,
        affected: &Affected,
        changes: &mut Changes,
    ) -> Result<(), LoadError> {
        if affected.is_empty() {
            return Ok(());
        }
        let Self { shape, files, rows, .. } = self;
        for (number, file) in (0u32..).zip(files.iter()) {
            let reader = TableFileReader::open(&file.path)?;
            if !reader.has_schema(shape) {
                if context.mode == LoadMode::Merge {
                    return Err(LoadError::SchemaChanged { table: shape.name.clone() });
                }
                changes.replaced(file.partition, reader.n_rows());
                continue;
            }
            existing::extract(shape, file, number, affected, |piece| {
                rows.push(piece);
                if rows.bytes() > context.memory_bytes / 2 { rows.spill() } else { Ok(()) }
            })?;
        }
        Ok(())
    }
}

/// The parents of a page that have no row on it.
fn emptied(shape: &Shape, parents: Parents, with_rows: &[u32]) -> Result<Piece, LoadError> {
    let Parents { keys, index_in_page } = parents;
    let misfit = |error: arrow_schema::ArrowError| LoadError::misfit(&shape.name, error.to_string());
    let schema = shape.schema.project(&shape.unit).map_err(misfit)?.into();
    let keys = RecordBatch::try_new(schema, keys.columns().to_vec()).map_err(misfit)?;
    if index_in_page.len() != keys.num_rows() {
        return Err(LoadError::misfit(
            &shape.name,
            "the parents' `index_in_page` is not as long as their keys",
        ));
    }
    let mut with_rows = with_rows.to_vec();
    with_rows.sort_unstable();
    let is_empty = |index: &u32| with_rows.binary_search(index).is_err();
    let empty: BooleanArray = index_in_page.iter().map(|index| Some(is_empty(index))).collect();
    let batch = filter_record_batch(&keys, &empty).map_err(misfit)?;
    Ok(Piece { batch, version: Vec::new(), index: index_in_page.into_iter().filter(is_empty).collect() })
}

/// Parts of a spill in groups that fit in memory together.
fn chunks(limit_bytes: usize, bytes_of: impl Fn(usize) -> usize) -> Vec<std::ops::Range<usize>> {
    let mut chunks = Vec::new();
    let (mut begin, mut bytes) = (0, 0);
    for part in 0..Spill::PARTS {
        let more = bytes_of(part);
        if part > begin && bytes + more > limit_bytes {
            chunks.push(begin..part);
            (begin, bytes) = (part, 0);
        }
        bytes += more;
    }
    chunks.push(begin..Spill::PARTS);
    chunks
}
