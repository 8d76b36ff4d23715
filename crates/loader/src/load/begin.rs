//! How a load begins: what it is to write is held against what is there.

use crate::load::input::LoadTable;
use crate::load::memory::LoadMemory;
use crate::load::page_notes::PageNotes;
use crate::load::session::Load;
use crate::load::stored_table::StoredTable;
use crate::load::table_check;
use crate::load::table_load::TableLoad;
use crate::load::trees::Trees;
use crate::publish::commit;
use crate::publish::first_manifests::tables_with_manifests;
use crate::resolve::affected_units::PushedUnits;
use crate::resolve::mode::LoadMode;
use crate::resolve::sorted_spill::SortedSpill;
use crate::rows::version::Versions;
use crate::snapshot::TableSnapshot;
use crate::spill::spill_buffer::SpillBuffer;
use crate::storage::LakeStorage;
use crate::table::expected_file::{AsOf, OnNewer};
use crate::table::layout::{PushedLayout, TableLayout};
use crate::{Lease, LoadError, paths};

impl Load {
    /// Begins a load of some tables of the lease's pipeline; see [`crate::Lake`].
    pub(crate) fn of(
        lake: &LakeStorage,
        lease: &Lease,
        run: &str,
        tables: &[LoadTable],
        mode: LoadMode,
        memory: LoadMemory,
        buckets: u32,
    ) -> Result<Self, LoadError> {
        let pipeline = lease.pipeline();
        let staging = lake.path(&paths::staging(pipeline, paths::name("the run", run)?));
        let spill_folder = staging.join("spill");
        let head = commit::current(lake, pipeline)?;
        if let (Some(head), LoadMode::Merge) = (&head, mode) {
            // Also of tables this load leaves alone: a pipeline has one number, so that its tables can be joined by bucket.
            for (table, known) in &head.tables {
                known.check_buckets(table, buckets)?;
            }
        }
        let layouts = tables.iter().map(|LoadTable { table, replace, keys }| {
            let known = head.as_ref().and_then(|head| head.tables.get(&table.name));
            let partition_by = table_check::partition_by(lake, pipeline, known, table, mode)?;
            let mut layout = TableLayout::new(table, replace, buckets, partition_by)?;
            layout.keys = *keys;
            layout.field_ids = table_check::numbers(lake, pipeline, known, &layout)?;
            let known = known.filter(|known| known.partition_by == partition_by || mode == LoadMode::Rebuild);
            table_check::check(lake, pipeline, known, &layout, mode)?;
            Ok(layout)
        });
        let layouts = layouts.collect::<Result<Vec<_>, LoadError>>()?;
        let (merged, rebuilt): (&[TableLayout], &[TableLayout]) = match mode {
            LoadMode::Merge => (&layouts, &[]),
            LoadMode::Rebuild => (&[], &layouts),
        };
        let base = tables_with_manifests(lake, pipeline, head.as_ref(), merged, rebuilt)?;
        let seq = head.as_ref().map_or(0, |head| head.seq);
        let known_pages = head.as_ref().and_then(|head| head.known_pages.clone());
        let begin = |layout: TableLayout| -> Result<TableLoad, LoadError> {
            let unit = layout.unit_schema().map_err(LoadError::rows("take", &layout.name))?;
            let PushedLayout { schema, unit: unit_columns, .. } = &layout.pushed;
            let rows = SpillBuffer::new(&layout.name, &spill_folder, "rows", schema, unit_columns.clone());
            let all = (0..layout.unit.len()).collect();
            let snapshot = TableSnapshot {
                lake: lake.clone(),
                table: layout.name.clone(),
                manifests: base.get(&layout.name).map(|table| table.manifests.clone()).unwrap_or_default(),
                as_of: AsOf { pipeline: pipeline.to_owned(), seq, on_newer: OnNewer::Refuse },
            };
            Ok(TableLoad {
                stored: StoredTable::new(mode, snapshot, base.get(&layout.name))?,
                rowless_parents: SpillBuffer::new(&layout.name, &spill_folder, "rowless_parents", &unit, all),
                rows,
                sorted_spill: SortedSpill::default(),
                units: PushedUnits::default(),
                is_pushed: false,
                layout,
            })
        };
        Ok(Self {
            tables: layouts.into_iter().map(begin).collect::<Result<_, _>>()?,
            lake: lake.clone(),
            lease: lease.clone(),
            run: run.to_owned(),
            mode,
            memory,
            spill_folder,
            kept: None,
            head,
            versions: Versions::default(),
            // What is rebuilt comes of all landed pages, and is not compared.
            pages: PageNotes::after(known_pages.filter(|_| mode == LoadMode::Merge)),
            base,
            trees: Trees::Plain,
            before: Vec::new(),
        })
    }
}

/// Whether rows of these tables can be merged with what a pipeline has here: same columns, same buckets, same partitions.
///
/// # Errors
/// [`LoadError::SchemaChanged`], [`LoadError::BucketsChanged`], [`LoadError::PartitionsChanged`]; all of [`Lake::head`].
pub(crate) fn takes(
    lake: &LakeStorage,
    pipeline: &str,
    tables: &[LoadTable],
    buckets: u32,
) -> Result<(), LoadError> {
    let head = commit::current(lake, pipeline)?;
    tables.iter().try_for_each(|LoadTable { table, replace, .. }| {
        let known = head.as_ref().and_then(|head| head.tables.get(&table.name));
        let partition_by = table_check::partition_by(lake, pipeline, known, table, LoadMode::Merge)?;
        let layout = TableLayout::new(table, replace, buckets, partition_by)?;
        let known = known.filter(|known| known.partition_by == partition_by);
        table_check::check(lake, pipeline, known, &layout, LoadMode::Merge)
    })
}
