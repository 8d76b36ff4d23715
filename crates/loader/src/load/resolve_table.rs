//! A table of a load, resolved once all its rows were pushed.

use std::path::Path;
use std::sync::Arc;

use crate::LoadError;
use crate::load::memory::LoadMemory;
use crate::load::stage::ResolvedTable;
use crate::load::table_load::TableLoad;
use crate::resolve::affected_units::AffectedUnits;
use crate::resolve::changes::{ResolvedRows, TableChanges};
use crate::resolve::mode::LoadMode;
use crate::resolve::resolver::Resolver;
use crate::resolve::stored_rows;
use crate::resolve::uncontested::place_uncontested;
use crate::rows::batch::VersionedBatch;
use crate::rows::landed_objects::LandedObjects;
use crate::rows::version::Versions;
use crate::spill::fan_in;
use crate::spill::partitioned_spill::PartitionedSpill;
use crate::spill::placed_range::by_partition;
use crate::spill::sorted_run::SortedRun;
use crate::table::file;
use crate::table::file::TableFileReader;

/// What all tables of a load are resolved with.
pub(crate) struct ResolveContext<'a> {
    pub(crate) mode: LoadMode,
    pub(crate) memory: LoadMemory,
    pub(crate) ranks: &'a [u32],
    /// The landed pages of a rebuild; stored rows of others are kept. `None` where all stored rows give way.
    pub(crate) landed: Option<&'a LandedObjects>,
    pub(crate) spill_folder: &'a Path,
}

impl TableLoad {
    /// Resolves pushed and stored rows to one row a key.
    pub(crate) fn resolve(
        &mut self,
        context: &ResolveContext<'_>,
        versions: &mut Versions,
    ) -> Result<ResolvedTable<'_>, LoadError> {
        let affected = match context.mode {
            LoadMode::Rebuild => AffectedUnits::All,
            LoadMode::Merge => AffectedUnits::Some(std::mem::take(&mut self.units)),
        };
        let mut changes = TableChanges::default();
        let mut resolved = self.resolve_sorted_spill(context, &mut changes)?;
        self.read_stored(context, &affected, versions, &mut changes)?;
        let resolver = Resolver {
            layout: &self.layout,
            mode: context.mode,
            versions,
            ranks: context.ranks,
            kept: context.landed.map(|landed| versions.without_landed_page(landed)).unwrap_or_default(),
            stored: &self.stored.files,
        };
        if self.rows.has_spilled() || self.rowless_parents.has_spilled() {
            self.rows.spill()?;
            self.rowless_parents.spill()?;
            let folder = context.spill_folder.join(&self.layout.name);
            for parts in parts_in_memory(context.memory.row_bytes / 4, |part| {
                self.rows.part_bytes(part) + self.rowless_parents.part_bytes(part)
            }) {
                let batches = self.rows.read(parts.clone())?;
                let placed = resolver.resolve(&batches, &self.rowless_parents.read(parts)?, &mut changes)?;
                let placed = by_partition(placed).into_iter().collect();
                let path = SortedRun::path(&folder, resolved.runs.len());
                resolved.runs.push(SortedRun::write(&self.layout, path, &batches, placed)?);
            }
        } else {
            let mut batches = self.rows.take_in_memory();
            let mut placed =
                resolver.resolve(&batches, &self.rowless_parents.take_in_memory(), &mut changes)?;
            // Behind the batches of rows that are final already.
            let n_before = u32::try_from(resolved.batches.len()).unwrap_or(u32::MAX);
            placed.iter_mut().for_each(|placed| placed.range.batch += n_before);
            resolved.batches.append(&mut batches);
            for (partition, mut placed) in by_partition(placed) {
                resolved.in_memory.entry(partition).or_default().append(&mut placed);
            }
        }
        let folder = context.spill_folder.join(&self.layout.name);
        resolved.runs = fan_in::limit(&self.layout, &folder, resolved.runs, context.memory.merged_runs)?;
        Ok(ResolvedTable { layout: &self.layout, stored: &self.stored, affected, resolved, changes })
    }

    /// The sorted runs of a table that stores nothing are final but for the contested units, which came more than once: their
    /// rows are taken out, and left to be resolved.
    fn resolve_sorted_spill(
        &mut self,
        context: &ResolveContext<'_>,
        changes: &mut TableChanges,
    ) -> Result<ResolvedRows, LoadError> {
        if self.sorted_spill.runs.is_empty() {
            return Ok(ResolvedRows::default());
        }
        let Self { layout, rows, sorted_spill, rowless_parents, .. } = self;
        let batches = rows.take_in_memory();
        sorted_spill.note_units(layout, &batches)?;
        let contested = Arc::new(sorted_spill.unit_hashes.repeated()?);
        let mut resolved =
            ResolvedRows { runs: std::mem::take(&mut sorted_spill.runs), ..ResolvedRows::default() };
        if !contested.is_empty() {
            tracing::debug!(table = layout.name, units = contested.len(), "units came more than once");
            let limit = context.memory.row_bytes / 2;
            let mut resolve_later = |batch: VersionedBatch| {
                rows.push(batch);
                if rows.bytes() > limit { rows.spill() } else { Ok(()) }
            };
            for run in &mut resolved.runs {
                run.take_out_units(layout, &contested, &mut resolve_later)?;
            }
            for batch in &batches {
                if let Some(batch) = batch.of_units(&layout.pushed.unit, &contested) {
                    resolve_later(batch)?;
                }
            }
        } else {
            rowless_parents.clear();
        }
        let placed = place_uncontested(layout, &batches, &contested, |_| {}, &mut changes.gave_way)?;
        changes.gave_way.add(std::mem::take(&mut sorted_spill.gave_way));
        for run in &resolved.runs {
            run.partitions().for_each(|(partition, n_rows)| changes.added(partition, n_rows));
        }
        placed.iter().for_each(|placed| changes.added(placed.partition, u64::from(placed.range.len)));
        (resolved.batches, resolved.in_memory) = (batches, by_partition(placed));
        Ok(resolved)
    }

    /// Reads the stored rows that may be replaced, to be resolved with the pushed ones.
    fn read_stored(
        &mut self,
        context: &ResolveContext<'_>,
        affected: &AffectedUnits,
        versions: &mut Versions,
        changes: &mut TableChanges,
    ) -> Result<(), LoadError> {
        if affected.is_empty() {
            return Ok(());
        }
        let Self { layout, stored, rows, .. } = self;
        if let AffectedUnits::Some(units) = affected {
            stored.look_up(layout, &units.groups)?;
        }
        let files = &stored.files;
        file::fetch_footers(files.iter().filter(|file| file.is_touched));
        for (number, file) in (0u32..).zip(files.iter()).filter(|(_, file)| file.is_touched) {
            let reader = TableFileReader::open(file)?;
            let n_rows = reader.n_rows();
            let reader = match context.mode {
                LoadMode::Merge => reader.of_table(layout),
                // What is rebuilt has all columns in every file afterwards.
                LoadMode::Rebuild if reader.has_schema(layout) => Some(reader),
                LoadMode::Rebuild => reader.of_other_partitions(layout),
            };
            if file.partition.by != layout.partition_by {
                changes.given_up(file.partition);
            }
            let Some(reader) = reader else {
                if context.mode == LoadMode::Merge {
                    return Err(LoadError::SchemaChanged { table: layout.name.clone() });
                }
                if let Some(landed) = context.landed {
                    stored_rows::refuse_kept(layout, TableFileReader::open(file)?, landed)?;
                }
                changes.replaced(file.partition, n_rows);
                continue;
            };
            stored_rows::read_affected(layout, file, reader, number, affected, versions, |batch| {
                rows.push(batch);
                if rows.bytes() > context.memory.row_bytes / 2 { rows.spill() } else { Ok(()) }
            })?;
        }
        Ok(())
    }
}

/// The parts of a partitioned spill, in ranges that fit in memory.
fn parts_in_memory(limit_bytes: usize, bytes_of: impl Fn(usize) -> usize) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let (mut begin, mut bytes) = (0, 0);
    for part in 0..PartitionedSpill::PARTS {
        let more = bytes_of(part);
        if part > begin && bytes + more > limit_bytes {
            ranges.push(begin..part);
            (begin, bytes) = (part, 0);
        }
        bytes += more;
    }
    ranges.push(begin..PartitionedSpill::PARTS);
    ranges
}
