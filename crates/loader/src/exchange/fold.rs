//! A load whose rows are handed on, and not written.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::exchange::parcel::{self, SortedParcel};
use crate::load::Load;
use crate::load::partition_sources::{BATCH_BYTES, BATCH_ROWS, PartitionSources, RowSource};
use crate::load::stage::ResolvedTable;
use crate::resolve::told::TableTold;
use crate::rows::batch::rows_at_a_time;
use crate::rows::coalesce::CoalescerOptions;
use crate::rows::merge::merge;
use crate::rows::order::Order;
use crate::rows::version::Versions;

/// No parcel of sorted rows is much larger.
const PARCEL_BYTES: usize = 16 << 20;

/// Sorted rows on their way to one table file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRows {
    /// The file: the table, and the name within the pipeline's folder of it, as in `messages/date=2025-04-15/part-0.parquet`.
    pub file: String,
    /// The rows: their number, then Arrow's stream format.
    pub bytes: Vec<u8>,
}

/// What a fold has met that somebody should know of, by table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded(pub(crate) BTreeMap<String, TableTold>);

impl Load {
    /// Takes the rows of a parcel, as [`Load::push`] takes those of pages.
    ///
    /// # Errors
    /// As [`Load::push`]; a parcel that does not read.
    pub fn push_parcel(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        let (rows, pages) = parcel::decode(bytes)?;
        self.push(rows, &pages)
    }

    /// Resolves all rows to one a key, and hands them on, sorted, a parcel or several for each table file. The lake of the load is
    /// to be an empty one, and stays so.
    ///
    /// # Errors
    /// As [`Load::finish`]; what `hand_on` fails with.
    pub fn fold(
        mut self,
        mut hand_on: impl FnMut(FileRows) -> Result<(), LoadError>,
    ) -> Result<Folded, LoadError> {
        let ranks = self.versions.ranks();
        let mut loads = std::mem::take(&mut self.tables);
        let mut versions = std::mem::take(&mut self.versions);
        let context = self.resolve_context(&ranks);
        let mut told = BTreeMap::new();
        for load in &mut loads {
            let table = load.resolve(&context, &mut versions)?;
            hand_on_table(&table, &versions, &mut hand_on)?;
            told.insert(table.layout.name.clone(), table.changes.told(&versions));
        }
        Ok(Folded(told))
    }
}

fn hand_on_table(
    table: &ResolvedTable<'_>,
    versions: &Versions,
    hand_on: &mut impl FnMut(FileRows) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    let layout = table.layout;
    let rows: Vec<&RecordBatch> = table.resolved.batches.iter().map(|batch| &batch.rows).collect();
    let order = Order::of(&rows, &layout.pushed.order);
    for partition in table.changes.partitions.keys() {
        let file = format!("{}/{}", layout.name, partition.file());
        let sources = PartitionSources {
            layout,
            versions,
            resolved: &table.resolved,
            rows: &rows,
            batch_rows: rows_at_a_time(&table.resolved.batches, BATCH_ROWS, BATCH_BYTES),
            order: &order,
            affected: &table.affected,
            partition: *partition,
            stored: None,
        };
        let options = CoalescerOptions {
            table: &layout.name,
            schema: &layout.write_schema,
            batch_rows: BATCH_ROWS,
            batch_bytes: BATCH_BYTES,
        };
        let mut sorted = None;
        let streams: Vec<RowSource<'_>> = sources.sources(false)?;
        merge(&layout.order, options, streams, |batch| {
            let mut open = match sorted.take() {
                Some(open) => open,
                None => SortedParcel::begin(&layout.name, &layout.write_schema)?,
            };
            open.push(&layout.name, batch)?;
            if open.n_bytes() < PARCEL_BYTES {
                sorted = Some(open);
                return Ok(());
            }
            hand_on(FileRows { file: file.clone(), bytes: open.finish(&layout.name)? })
        })?;
        if let Some(open) = sorted {
            hand_on(FileRows { file, bytes: open.finish(&layout.name)? })?;
        }
    }
    Ok(())
}
