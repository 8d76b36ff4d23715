use std::path::Path;
use std::sync::Arc;

use arrow_array::BooleanArray;
use arrow_select::filter::filter_record_batch;
use convolake_batch::{ParentBatch, TableBatch};

use crate::index::StaleMonths;
use crate::load::input::LoadMode;
use crate::load::stage::ResolvedTable;
use crate::resolve::existing;
use crate::resolve::fresh::Fresh;
use crate::resolve::placed::{Changes, Resolved, by_partition};
use crate::resolve::resolver::{Resolver, place_uncontested};
use crate::resolve::units::{Affected, Units};
use crate::rows::batch::VersionedBatch;
use crate::rows::version::Versions;
use crate::spill::buffer::Buffer;
use crate::spill::fan_in;
use crate::spill::parts::Spill;
use crate::spill::sorted_run::SortedRun;
use crate::storage::lake_storage::LakeStorage;
use crate::table::file;
use crate::table::file::{TableFile, TableFileReader};
use crate::table::layout::TableLayout;
use crate::{LoadError, index};

/// A table while rows are pushed for it.
#[derive(Debug)]
pub(crate) struct TableLoad {
    pub(crate) layout: TableLayout,
    pub(crate) files: Vec<TableFile>,
    pub(crate) rows: Buffer,
    /// What of them was spilled, where nothing is stored.
    pub(crate) fresh: Fresh,
    /// Parents without rows.
    pub(crate) emptied: Buffer,
    /// What was pushed, as far as anything stored may have to give way to it.
    pub(crate) units: Units,
    /// Where the index did not know all files.
    pub(crate) stale_months: StaleMonths,
}

/// What all tables of a load are resolved with.
pub(crate) struct Context<'a> {
    pub(crate) lake: &'a LakeStorage,
    pub(crate) pipeline: &'a str,
    pub(crate) mode: LoadMode,
    pub(crate) memory_bytes: usize,
    pub(crate) ranks: &'a [u32],
    pub(crate) spill_folder: &'a Path,
}

impl TableLoad {
    /// Takes rows; `versions` are the numbers of their pages.
    pub(crate) fn push(
        &mut self,
        rows: TableBatch,
        versions: &[u32],
        mode: LoadMode,
    ) -> Result<(), LoadError> {
        let Self { layout, .. } = self;
        let TableBatch { rows: batch, index_in_page, parents, page_ends, .. } = rows;
        let version = of_rows(versions, &page_ends);
        if index_in_page.len() != batch.num_rows() || version.len() != batch.num_rows() {
            return Err(LoadError::misfit(
                &layout.name,
                "what is told of its rows is not as long as the batch",
            ));
        }
        let batch =
            layout.pushed_rows(&batch).map_err(|error| LoadError::misfit(&layout.name, error.to_string()))?;
        // Only what is stored can have to give way.
        let collects = mode == LoadMode::Merge && !self.files.is_empty();
        if let Some(parents) = parents {
            let keys = emptied(layout, parents, versions, &version, &index_in_page)?;
            if collects {
                self.units.add(layout, &keys.batch, &(0..keys.batch.num_columns()).collect::<Vec<_>>());
            }
            if keys.batch.num_rows() > 0 {
                if self.files.is_empty() {
                    self.fresh.note_parents(&keys);
                }
                self.emptied.push(keys);
            }
        }
        if batch.num_rows() > 0 {
            if collects {
                self.units.add(layout, &batch, &layout.pushed.unit);
            }
            self.rows.push(VersionedBatch { version, index: index_in_page, batch });
        }
        Ok(())
    }

    /// The memory that rows take.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.bytes() + self.emptied.bytes() + self.fresh.hashes.bytes()
    }

    /// Moves the rows in memory to disk.
    pub(crate) fn spill(&mut self, spill_folder: &Path) -> Result<(), LoadError> {
        if self.files.is_empty() {
            let pieces = self.rows.take();
            self.fresh.spill(&self.layout, &spill_folder.join(&self.layout.name), pieces)?;
        } else {
            self.rows.spill()?;
        }
        self.emptied.spill()
    }

    /// One row a key, from what was pushed and what is stored.
    pub(crate) fn resolve(
        &mut self,
        context: &Context<'_>,
        versions: &mut Versions,
    ) -> Result<ResolvedTable<'_>, LoadError> {
        let affected = match context.mode {
            LoadMode::Rebuild => Affected::All,
            LoadMode::Merge => Affected::Some(std::mem::take(&mut self.units)),
        };
        let mut changes = Changes::default();
        let mut resolved = self.settle_fresh(context, &mut changes)?;
        self.extract(context, &affected, versions, &mut changes)?;
        let resolver = Resolver {
            layout: &self.layout,
            mode: context.mode,
            versions,
            ranks: context.ranks,
            stored: &self.files,
        };
        if self.rows.has_spilled() || self.emptied.has_spilled() {
            self.rows.spill()?;
            self.emptied.spill()?;
            let folder = context.spill_folder.join(&self.layout.name);
            for parts in chunks(context.memory_bytes / 4, |part| {
                self.rows.part_bytes(part) + self.emptied.part_bytes(part)
            }) {
                let pieces = self.rows.read(parts.clone())?;
                let placed = resolver.resolve(&pieces, &self.emptied.read(parts)?, &mut changes)?;
                let placed = by_partition(placed).into_iter().collect();
                let path = SortedRun::path(&folder, resolved.runs.len());
                resolved.runs.push(SortedRun::write(&self.layout, path, &pieces, placed)?);
            }
        } else {
            let mut pieces = self.rows.take();
            let mut placed = resolver.resolve(&pieces, &self.emptied.take(), &mut changes)?;
            // Behind those of the fresh rows.
            let n_before = u32::try_from(resolved.pieces.len()).unwrap_or(u32::MAX);
            placed.iter_mut().for_each(|placed| placed.range.piece += n_before);
            resolved.pieces.append(&mut pieces);
            for (partition, mut placed) in by_partition(placed) {
                resolved.in_memory.entry(partition).or_default().append(&mut placed);
            }
        }
        let folder = context.spill_folder.join(&self.layout.name);
        resolved.runs = fan_in::limit(&self.layout, &folder, resolved.runs)?;
        Ok(ResolvedTable { layout: &self.layout, files: &self.files, affected, resolved, changes })
    }

    /// What was spilled for a table that stores nothing: only rows of units that came more than once are left to be
    /// resolved.
    fn settle_fresh(&mut self, context: &Context<'_>, changes: &mut Changes) -> Result<Resolved, LoadError> {
        if self.fresh.runs.is_empty() {
            return Ok(Resolved::default());
        }
        let Self { layout, rows, fresh, emptied, .. } = self;
        let pieces = rows.take();
        fresh.note(layout, &pieces)?;
        let contested = Arc::new(fresh.hashes.repeated()?);
        let mut resolved = Resolved { runs: std::mem::take(&mut fresh.runs), ..Resolved::default() };
        if !contested.is_empty() {
            tracing::debug!(table = layout.name, units = contested.len(), "units came more than once");
            let limit = context.memory_bytes / 2;
            let mut keep = |piece: VersionedBatch| {
                rows.push(piece);
                if rows.bytes() > limit { rows.spill() } else { Ok(()) }
            };
            for run in &mut resolved.runs {
                run.take_out(layout, &contested, &mut keep)?;
            }
            for piece in &pieces {
                if let Some(piece) = piece.of_units(&layout.pushed.unit, &contested) {
                    keep(piece)?;
                }
            }
        } else {
            emptied.clear();
        }
        let placed = place_uncontested(layout, &pieces, &contested, |_| {})?;
        for run in &resolved.runs {
            run.partitions().for_each(|(partition, n_rows)| changes.added(partition, n_rows));
        }
        placed.iter().for_each(|placed| changes.added(placed.partition, u64::from(placed.range.len)));
        (resolved.pieces, resolved.in_memory) = (pieces, by_partition(placed));
        Ok(resolved)
    }

    /// Puts the stored rows that may have to give way beside those pushed.
    fn extract(
        &mut self,
        context: &Context<'_>,
        affected: &Affected,
        versions: &mut Versions,
        changes: &mut Changes,
    ) -> Result<(), LoadError> {
        if affected.is_empty() {
            return Ok(());
        }
        let Self { layout, files, rows, stale_months, .. } = self;
        if let Affected::Some(units) = affected {
            *stale_months =
                index::rule_out(context.lake, context.pipeline, layout, files, &units.conversations)?;
        }
        file::fetch_footers(files.iter().filter(|file| file.is_touched));
        for (number, file) in (0u32..).zip(files.iter()).filter(|(_, file)| file.is_touched) {
            let reader = TableFileReader::open(file)?;
            if !reader.has_schema(layout) {
                if context.mode == LoadMode::Merge {
                    return Err(LoadError::SchemaChanged { table: layout.name.clone() });
                }
                changes.replaced(file.partition, reader.n_rows());
                continue;
            }
            existing::extract(layout, file, reader, number, affected, versions, |piece| {
                rows.push(piece);
                if rows.bytes() > context.memory_bytes / 2 { rows.spill() } else { Ok(()) }
            })?;
        }
        Ok(())
    }
}

/// For each row the number of its page's version.
fn of_rows(versions: &[u32], page_ends: &[usize]) -> Vec<u32> {
    let mut of_rows = Vec::with_capacity(page_ends.last().copied().unwrap_or_default());
    for (version, end) in versions.iter().zip(page_ends) {
        of_rows.resize(*end, *version);
    }
    of_rows
}

/// The parents that have no row on their page.
fn emptied(
    layout: &TableLayout,
    parents: ParentBatch,
    versions: &[u32],
    row_versions: &[u32],
    row_indexes: &[u32],
) -> Result<VersionedBatch, LoadError> {
    let ParentBatch { keys, index_in_page, page_ends } = parents;
    let misfit = |error: arrow_schema::ArrowError| LoadError::misfit(&layout.name, error.to_string());
    let keys = layout.units_of(&keys).map_err(misfit)?;
    let version = of_rows(versions, &page_ends);
    if index_in_page.len() != keys.num_rows() || version.len() != keys.num_rows() {
        return Err(LoadError::misfit(
            &layout.name,
            "what is told of the parents is not as long as their keys",
        ));
    }
    let mut with_rows: Vec<(u32, u32)> =
        row_versions.iter().copied().zip(row_indexes.iter().copied()).collect();
    with_rows.dedup();
    with_rows.sort_unstable();
    let is_empty: Vec<bool> = version
        .iter()
        .zip(&index_in_page)
        .map(|(version, index)| with_rows.binary_search(&(*version, *index)).is_err())
        .collect();
    let of_empty = |numbers: Vec<u32>| {
        numbers
            .into_iter()
            .zip(&is_empty)
            .filter(|(_, is_empty)| **is_empty)
            .map(|(number, _)| number)
            .collect()
    };
    let (version, index) = (of_empty(version), of_empty(index_in_page));
    let batch = filter_record_batch(&keys, &BooleanArray::from(is_empty)).map_err(misfit)?;
    Ok(VersionedBatch { batch, version, index })
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
