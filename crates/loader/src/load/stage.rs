use arrow_array::RecordBatch;

use crate::load::report::TableReport;
use crate::load::sources::{BATCH_ROWS, Ingredients};
use crate::load::write::{Job, Staged, write_all};
use crate::resolve::placed::{Changes, Resolved};
use crate::resolve::units::Affected;
use crate::rows::batch::{BATCH_BYTES, rows_at_a_time};
use crate::rows::order::Order;
use crate::rows::version::Versions;
use crate::storage::durable;
use crate::storage::lake_storage::LakeStorage;
use crate::table::file::TableFile;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;
use crate::{LoadError, paths};

/// A table's rows as they are to stand.
pub(crate) struct ResolvedTable<'a> {
    pub(crate) layout: &'a TableLayout,
    pub(crate) files: &'a [TableFile],
    pub(crate) affected: Affected,
    pub(crate) resolved: Resolved,
    pub(crate) changes: Changes,
}

impl ResolvedTable<'_> {
    fn stored(&self, partition: Partition) -> Option<&TableFile> {
        let at = self.files.binary_search_by_key(&partition, |file| file.partition).ok()?;
        Some(&self.files[at])
    }

    pub(crate) fn report(&self) -> (String, TableReport) {
        let Changes { rows_added, rows_changed, rows_removed, .. } = self.changes;
        (
            self.layout.name.clone(),
            TableReport { rows_added, rows_changed, rows_removed, ..TableReport::default() },
        )
    }
}

/// Writes the successors of all partitions that change, for the commit of this number.
pub(crate) fn stage(
    lake: &LakeStorage,
    pipeline: &str,
    run: &str,
    seq: u64,
    tables: &[ResolvedTable<'_>],
    versions: &Versions,
) -> Result<Vec<Staged>, LoadError> {
    let folder = paths::staging(pipeline, run);
    let batches: Vec<Vec<&RecordBatch>> =
        tables.iter().map(|table| table.resolved.pieces.iter().map(|piece| &piece.batch).collect()).collect();
    let order =
        |(table, batches): (&ResolvedTable<'_>, &Vec<_>)| Order::of(batches, &table.layout.pushed.order);
    let orders: Vec<Order<'_>> = tables.iter().zip(&batches).map(order).collect();
    let mut jobs = Vec::new();
    for ((table, batches), order) in tables.iter().zip(&batches).zip(&orders) {
        let batch_rows = rows_at_a_time(&table.resolved.pieces, BATCH_ROWS, BATCH_BYTES);
        for (partition, change) in &table.changes.partitions {
            let number = 2 * jobs.len();
            jobs.push(Job {
                ingredients: Ingredients {
                    layout: table.layout,
                    versions,
                    resolved: &table.resolved,
                    batches,
                    batch_rows,
                    order,
                    affected: &table.affected,
                    partition: *partition,
                    stored: table.stored(*partition),
                },
                target: format!("{}/{}", paths::table(&table.layout.name, pipeline), partition.file()),
                change: *change,
                staged_without: format!("{folder}/{seq:08}-{number:05}.staged"),
                staged: format!("{folder}/{seq:08}-{:05}.staged", number + 1),
                root: lake.work().to_path_buf(),
                replaces: table.stored(*partition).and_then(TableFile::version).map(str::to_owned),
            });
        }
    }
    if !jobs.is_empty() {
        durable::create_folder(&lake.path(&folder))?;
    }
    write_all(&jobs)
}
