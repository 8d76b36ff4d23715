//! The files of all partitions that change, staged for a commit.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use convolake_model::Tree;

use crate::load::partition_sources::{BATCH_BYTES, BATCH_ROWS, PartitionSources};
use crate::load::report::TableReport;
use crate::load::stored_table::StoredTable;
use crate::load::write::{Staged, WriteJob, write_all};
use crate::publish::Afterwards;
use crate::resolve::affected_units::AffectedUnits;
use crate::resolve::changes::{PartitionChange, ResolvedRows, TableChanges};
use crate::rows::batch::rows_at_a_time;
use crate::rows::order::Order;
use crate::rows::version::Versions;
use crate::storage::{LakeStorage, durable};
use crate::table::file::TableFile;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;
use crate::table::place::plain_name;
use crate::{LoadError, paths};

/// A table whose rows are resolved, and not yet written.
pub(crate) struct ResolvedTable<'a> {
    pub(crate) layout: &'a TableLayout,
    pub(crate) stored: &'a StoredTable,
    pub(crate) affected: AffectedUnits,
    pub(crate) resolved: ResolvedRows,
    pub(crate) changes: TableChanges,
}

impl ResolvedTable<'_> {
    fn stored_file(&self, partition: Partition) -> Option<&TableFile> {
        let files = &self.stored.files;
        let at = files.binary_search_by_key(&partition, |file| file.partition).ok()?;
        Some(&files[at])
    }

    /// Refuses what would leave the table with fewer rows than it has.
    pub(crate) fn refuse_fewer_rows(&self) -> Result<(), LoadError> {
        let lost = self.changes.rows_lost();
        if lost == 0 {
            return Ok(());
        }
        let example = match self.changes.first_removed.as_str() {
            "" => String::new(),
            key => format!(", as {key} is in none of them"),
        };
        Err(LoadError::RowsWouldBeLost { table: self.layout.name.clone(), lost, example })
    }

    pub(crate) fn report(&self) -> (String, TableReport) {
        let TableChanges { rows_added, rows_changed, rows_removed, .. } = self.changes;
        (
            self.layout.name.clone(),
            TableReport { rows_added, rows_changed, rows_removed, ..TableReport::default() },
        )
    }
}

/// What successors are staged for.
pub(crate) struct StageContext<'a> {
    pub(crate) lake: &'a LakeStorage,
    pub(crate) pipeline: &'a str,
    pub(crate) run: &'a str,
    /// The number of the commit.
    pub(crate) seq: u64,
    /// The tree that the commit names them in.
    pub(crate) tree: Tree,
    pub(crate) writers: usize,
}

/// Writes the successors of all partitions that change.
pub(crate) fn stage(
    context: &StageContext<'_>,
    tables: &[ResolvedTable<'_>],
    versions: &Versions,
) -> Result<Vec<Staged>, LoadError> {
    let StageContext { lake, pipeline, run, seq, tree, writers } = *context;
    let folder = paths::staging(pipeline, run);
    let rows_in_memory: Vec<Vec<&RecordBatch>> =
        tables.iter().map(|table| table.resolved.batches.iter().map(|batch| &batch.rows).collect()).collect();
    let order = |(table, rows): (&ResolvedTable<'_>, &Vec<_>)| Order::of(rows, &table.layout.pushed.order);
    let orders: Vec<Order<'_>> = tables.iter().zip(&rows_in_memory).map(order).collect();
    let mut jobs = Vec::new();
    for ((table, rows), order) in tables.iter().zip(&rows_in_memory).zip(&orders) {
        let batch_rows = rows_at_a_time(&table.resolved.batches, BATCH_ROWS, BATCH_BYTES);
        let mut new_targets = BTreeSet::new();
        for (partition, change) in &table.changes.partitions {
            let (afterwards, change) = match (partition.by == table.layout.partition_by, tree) {
                (true, Tree::Plain) => (Afterwards::Stays, *change),
                // The commit shows all successors at once.
                (true, Tree::Delta) => (Afterwards::Stays, PartitionChange { loses: false, gains: true }),
                (false, Tree::Plain) => (Afterwards::Goes, *change),
                // The commit does not name it.
                (false, Tree::Delta) => continue,
            };
            let number = 2 * jobs.len();
            let target = plain_name(&table.layout.name, pipeline, *partition);
            let stored = table.stored_file(*partition);
            let replaces = stored.map(TableFile::version).transpose()?.cloned();
            if stored.is_none() && tree == Tree::Plain {
                new_targets.insert(target.clone());
            }
            jobs.push(WriteJob {
                lake,
                sources: PartitionSources {
                    layout: table.layout,
                    versions,
                    resolved: &table.resolved,
                    rows,
                    batch_rows,
                    order,
                    affected: &table.affected,
                    partition: *partition,
                    stored,
                },
                target,
                change,
                afterwards,
                staged_without: format!("{folder}/{seq:08}-{number:05}.staged"),
                staged: format!("{folder}/{seq:08}-{:05}.staged", number + 1),
                replaces,
            });
        }
        table.stored.check_absent(&new_targets)?;
    }
    if !jobs.is_empty() {
        durable::create_folder(&lake.path(&folder))?;
    }
    write_all(&jobs, writers)
}
