//! A load: rows are pushed, and come into the lake together.

use std::collections::BTreeMap;
use std::path::PathBuf;

use convolake_batch::TableBatch;
use convolake_model::Tree;

use crate::load::memory::LoadMemory;
use crate::load::page_notes::PageNotes;
use crate::load::report::{LoadReport, TableReport};
use crate::load::resolve_table::ResolveContext;
use crate::load::stage::{ResolvedTable, StageContext, stage};
use crate::load::stored_table::StoredTable;
use crate::load::table_load::TableLoad;
use crate::load::trees::Trees;
use crate::load::write::Staged;
use crate::publish::commit::{Commit, CommittedTable};
use crate::publish::next_commit::seq_after;
use crate::resolve::mode::{FewerRows, LoadMode};
use crate::resolve::told::TableTold;
use crate::rows::landed_objects::LandedObjects;
use crate::rows::version::{PageVersion, Versions};
use crate::snapshot::TouchedGroups;
use crate::storage::LakeStorage;
use crate::table::layout::TableLayout;
use crate::{Lease, LoadError};

/// Rows on their way into the lake. Nothing of them is seen before [`Load::finish`]. All methods block.
///
/// An upsert knows the version of a stored row from the row itself; a replaced parent's is that of its newest row.
/// So pages are to be pushed in the order they were landed over several loads; within one, in any.
#[derive(Debug)]
pub struct Load {
    pub(crate) lake: LakeStorage,
    /// Held as long as rows are under way.
    pub(crate) lease: Lease,
    pub(crate) run: String,
    pub(crate) mode: LoadMode,
    pub(crate) memory: LoadMemory,
    pub(crate) spill_folder: PathBuf,
    /// Of a rebuild that keeps what its pages do not give.
    pub(super) kept: Option<(LandedObjects, FewerRows)>,
    pub(crate) head: Option<Commit>,
    pub(crate) versions: Versions,
    pub(crate) tables: Vec<TableLoad>,
    pub(super) pages: PageNotes,
    /// All tables of the pipeline as the load finds them.
    pub(super) base: BTreeMap<String, CommittedTable>,
    /// The trees it writes.
    pub(super) trees: Trees,
    /// Once all is resolved: the tables, and what they stored before the load.
    pub(crate) before: Vec<(TableLayout, StoredTable)>,
}

impl Load {
    /// Has it write these trees; without, plain files.
    ///
    /// # Errors
    /// [`LoadError::OtherTree`] where files of a table lie in another tree: [`Lake::change_tree`](crate::Lake::change_tree) brings those
    /// that a commit names into this one.
    pub fn write_to(&mut self, trees: Trees) -> Result<(), LoadError> {
        let of_commits = self.base.iter().filter(|(_, table)| !table.manifests.is_empty());
        let in_other = of_commits.filter(|(_, table)| table.files_in != trees.files_in());
        // Of a table that no commit knows, files that lie there are taken for its own.
        let strays = self.tables.iter().filter(|load| {
            let mut files = load.stored.files.iter();
            files.any(|file| file.place.is_plain() != (trees.files_in() == Tree::Plain))
        });
        let mut tables = in_other.map(|(name, _)| name).chain(strays.map(|load| &load.layout.name));
        if let Some(table) = tables.next() {
            return Err(LoadError::OtherTree { table: table.clone(), wanted: trees.files_in() });
        }
        self.trees = trees;
        Ok(())
    }

    /// True for a table that this load takes rows of.
    pub fn has(&self, table: &str) -> bool {
        self.tables.iter().any(|load| load.layout.name == table)
    }

    /// The groups of the rows that were pushed for these tables, where `group` is what the tables know groups by; `None` where
    /// that is another, or where not all were noted, since a table stored nothing yet.
    pub fn touched(&self, tables: &[&str], group: &[String]) -> Option<TouchedGroups> {
        let mut touched = TouchedGroups::default();
        for load in self.tables.iter().filter(|load| tables.contains(&load.layout.name.as_str())) {
            let is_noted = !load.is_pushed || self.mode == LoadMode::Merge && !load.stored.is_empty();
            if !is_noted || load.layout.names(&load.layout.index_columns()) != group {
                return None;
            }
            touched.extend(&load.units.groups);
        }
        touched.few().is_some().then_some(touched)
    }

    /// Takes rows of pages, which are given in the order of the batch.
    ///
    /// # Errors
    /// [`LoadError::Misfit`] where they are no rows of the table; a full disk.
    pub fn push(&mut self, rows: TableBatch, pages: &[PageVersion]) -> Result<(), LoadError> {
        let Some(table) = self.tables.iter_mut().find(|table| table.layout.name == rows.table) else {
            return Err(LoadError::misfit(&rows.table, "the load has no such table"));
        };
        let versions: Vec<u32> = pages.iter().map(|page| self.versions.number(page)).collect();
        table.push(rows, &versions, self.mode, &mut self.pages)?;
        self.spill_above(self.memory.row_bytes / 2)
    }

    /// Has a rebuild keep stored rows that no landed page answers for, as those that were flattened from files: what belongs
    /// together with them is then changed by newer pages alone.
    pub fn keep(&mut self, landed: LandedObjects, fewer_rows: FewerRows) {
        self.kept = Some((landed, fewer_rows));
    }

    /// Merges, publishes and commits. `state` is the engine's, `created_at` the commit's time. Files whose rows do not
    /// change are not written; where the state is the same too, there is no commit.
    ///
    /// # Errors
    /// What can go wrong on the way. If it did before the intent was written, nothing has happened; if later, the next
    /// lease of the pipeline brings it to its end.
    pub fn finish(
        self,
        state: serde_json::Value,
        created_at: jiff::Timestamp,
    ) -> Result<LoadReport, LoadError> {
        self.finish_with(|_| Ok(state), created_at)
    }

    /// [`Load::finish`], with a state that depends on what changes in each table. It is asked for once nothing is refused any more,
    /// and before anything is published.
    ///
    /// # Errors
    /// As [`Load::finish`]; what `state_of` fails with.
    pub fn finish_with(
        mut self,
        state_of: impl FnOnce(&BTreeMap<String, TableReport>) -> Result<serde_json::Value, LoadError>,
        created_at: jiff::Timestamp,
    ) -> Result<LoadReport, LoadError> {
        let touched = self.all_touched();
        // What comes next is dated after a commit, and is to win over all that is in it.
        let created_at = self.versions.newest().map_or(created_at, |newest| newest.max(created_at));
        let (staged, changes, told, n_repeated) = self.staged(|tables, staged, versions| {
            let changes: BTreeMap<String, TableReport> = tables.iter().map(ResolvedTable::report).collect();
            let told: BTreeMap<String, TableTold> = tables
                .iter()
                .map(|table| (table.layout.name.clone(), table.changes.told(versions)))
                .collect();
            let n_repeated: u64 = tables.iter().map(|table| table.changes.units_repeated).sum();
            (staged, changes, told, n_repeated)
        })?;
        self.conclude((staged, Vec::new()), (changes, told), (&touched, n_repeated), state_of, created_at)
    }

    /// Writes the files that [`Load::finish`] would publish, and publishes none: for who only wants to look at them. Gives
    /// for each table file the name within the lake that it is staged under, until the pipeline's next lease.
    ///
    /// # Errors
    /// As [`Load::finish`].
    pub fn stage_only(mut self) -> Result<BTreeMap<String, String>, LoadError> {
        let name = |staged: &Staged| Some((staged.file.target.clone(), staged.file.last()?.name.clone()));
        self.staged(|_, staged, _| staged.iter().filter_map(name).collect())
    }

    /// What its tables are resolved with, at these ranks of versions.
    pub(crate) fn resolve_context<'a>(&'a self, ranks: &'a [u32]) -> ResolveContext<'a> {
        ResolveContext {
            mode: self.mode,
            memory: self.memory,
            ranks,
            landed: self.kept.as_ref().map(|(landed, _)| landed),
            spill_folder: &self.spill_folder,
        }
    }

    /// Resolves and stages all tables; `then` sees them before they are gone.
    fn staged<T>(
        &mut self,
        then: impl FnOnce(&[ResolvedTable<'_>], Vec<Staged>, &Versions) -> T,
    ) -> Result<T, LoadError> {
        let ranks = self.versions.ranks();
        let mut loads = std::mem::take(&mut self.tables);
        let mut versions = std::mem::take(&mut self.versions);
        let context = self.resolve_context(&ranks);
        let tables = loads
            .iter_mut()
            .map(|table| table.resolve(&context, &mut versions))
            .collect::<Result<Vec<_>, LoadError>>()?;
        if let Some((_, FewerRows::Refused)) = self.kept {
            tables.iter().try_for_each(ResolvedTable::refuse_fewer_rows)?;
        }
        self.lake.step("stage table files")?;
        let staged = stage(
            &StageContext {
                lake: &self.lake,
                pipeline: self.lease.pipeline(),
                run: &self.run,
                seq: seq_after(self.head.as_ref()),
                tree: self.trees.files_in(),
                writers: self.memory.writers,
            },
            &tables,
            &versions,
        )?;
        let done = then(&tables, staged, &versions);
        drop(tables);
        self.before = loads.into_iter().map(|load| (load.layout, load.stored)).collect();
        Ok(done)
    }

    fn spill_above(&mut self, limit_bytes: usize) -> Result<(), LoadError> {
        while self.tables.iter().map(TableLoad::bytes).sum::<usize>() > limit_bytes {
            let Some(largest) = self.tables.iter_mut().max_by_key(|table| table.bytes()) else {
                break;
            };
            tracing::debug!(table = largest.layout.name, bytes = largest.bytes(), "spilling rows");
            largest.spill(&self.spill_folder)?;
        }
        Ok(())
    }
}
