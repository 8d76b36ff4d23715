//! A load, from its beginning to its commit.

use std::collections::BTreeMap;
use std::path::PathBuf;

use convolake_batch::TableBatch;
use convolake_model::Tree;

use crate::load::input::LoadTable;
use crate::load::memory::LoadMemory;
use crate::load::page_notes::PageNotes;
use crate::load::report::{LoadReport, TableReport};
use crate::load::resolve_table::ResolveContext;
use crate::load::stage::{ResolvedTable, StageContext, stage};
use crate::load::stored_table::StoredTable;
use crate::load::table_check;
use crate::load::table_load::TableLoad;
use crate::load::trees::{self, Trees};
use crate::load::write::Staged;
use crate::publish::commit::{self, Commit, CommittedFile, CommittedTable};
use crate::publish::first_manifests::{remove_index, tables_with_manifests};
use crate::publish::next_commit::{Changes, next_commit, seq_after};
use crate::publish::{InPlace, Publisher, StagedFile};
use crate::resolve::affected_units::PushedUnits;
use crate::resolve::mode::{FewerRows, LoadMode};
use crate::resolve::sorted_spill::SortedSpill;
use crate::resolve::told::TableTold;
use crate::rows::landed_objects::LandedObjects;
use crate::rows::version::{PageVersion, Versions};
use crate::snapshot::{FileEntry, TableSnapshot, TouchedGroups, superseded};
use crate::spill::spill_buffer::SpillBuffer;
use crate::storage::{LakeStorage, durable};
use crate::table::expected_file::{AsOf, OnNewer};
use crate::table::layout::{PushedLayout, TableLayout};
use crate::{Lease, LoadError, paths};

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
    kept: Option<(LandedObjects, FewerRows)>,
    pub(crate) head: Option<Commit>,
    pub(crate) versions: Versions,
    pub(crate) tables: Vec<TableLoad>,
    pub(super) pages: PageNotes,
    /// All tables of the pipeline as the load finds them.
    base: BTreeMap<String, CommittedTable>,
    /// The trees it writes.
    trees: Trees,
    /// Once all is resolved: the tables, and what they stored before the load.
    pub(crate) before: Vec<(TableLayout, StoredTable)>,
}

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
        self.finish_with(|_| state, created_at)
    }

    /// [`Load::finish`], with a state that depends on what changes in each table.
    ///
    /// # Errors
    /// As [`Load::finish`].
    pub fn finish_with(
        mut self,
        state_of: impl FnOnce(&BTreeMap<String, TableReport>) -> serde_json::Value,
        created_at: jiff::Timestamp,
    ) -> Result<LoadReport, LoadError> {
        let touched = self.all_touched();
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

    /// Publishes staged files, and commits; `kept` are files that stand as they are to stand, and were not read again. `touched` are the
    /// groups that changed, with how many units came more than once.
    pub(crate) fn conclude(
        mut self,
        (mut staged, kept): (Vec<Staged>, Vec<(String, FileEntry)>),
        (changes, told): (BTreeMap<String, TableReport>, BTreeMap<String, TableTold>),
        (touched, n_repeated): (&TouchedGroups, u64),
        state_of: impl FnOnce(&BTreeMap<String, TableReport>) -> serde_json::Value,
        created_at: jiff::Timestamp,
    ) -> Result<LoadReport, LoadError> {
        let seq = seq_after(self.head.as_ref());
        trees::name(&self.lake, self.lease.pipeline(), seq, self.trees, &mut staged)?;
        let tables = self.tables_after(&staged, kept)?;
        let known_pages = std::mem::take(&mut self.pages).finish(
            &self.lake,
            self.lease.pipeline(),
            seq,
            touched,
            n_repeated,
        )?;
        let files: Vec<&StagedFile> = staged.iter().map(|staged| &staged.file).collect();
        let (run, pipeline) = (self.run.as_str(), self.lease.pipeline());
        let state = state_of(&changes);
        let committed = CommittedFile::of_staged(&files);
        let to_commit =
            Changes { run, state, created_at, tables, known_pages, files: committed, archives: &[] };
        let commit = next_commit(self.head.as_ref(), &self.lease, to_commit)?;
        if let Some(commit) = &commit {
            InPlace::new(&self.lake, &self.lease).publish(&files, commit.clone())?;
            if let Err(error) = self.clear_superseded(commit) {
                tracing::warn!(%error, "what the commit takes the place of stays in the lake");
            }
        }
        durable::remove_staging(&self.spill_folder)?;
        // Stays while another file of the run is in the making; the next lease clears it.
        let _ = std::fs::remove_dir(self.lake.path(&paths::staging(pipeline, run)));
        let mut report = LoadReport { tables: changes, told, commit };
        for (table, report) in &mut report.tables {
            let of_table = staged.iter().filter(|staged| staged.table == *table);
            for content in of_table.filter_map(|staged| staged.file.last()) {
                report.files_written += 1;
                report.bytes_written += content.written.bytes;
            }
        }
        Ok(report)
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

    /// All tables of the pipeline, as they are once these files are published.
    fn tables_after(
        &self,
        staged: &[Staged],
        kept: Vec<(String, FileEntry)>,
    ) -> Result<BTreeMap<String, CommittedTable>, LoadError> {
        let mut tables = self.base.clone();
        let mut of_kept: BTreeMap<String, Vec<FileEntry>> = BTreeMap::new();
        for (table, entry) in kept {
            of_kept.entry(table).or_default().push(entry);
        }
        for (layout, stored) in &self.before {
            let of_table = staged.iter().filter(|staged| staged.table == layout.name);
            let kept = of_kept.remove(&layout.name).unwrap_or_default();
            let entries = of_table.map(|staged| staged.entry.clone()).chain(kept);
            let written = entries.map(|entry| (entry.partition, entry)).collect();
            let manifests = stored.manifests_with(layout, written, seq_after(self.head.as_ref()))?;
            let known = self.head.as_ref().and_then(|head| head.tables.get(&layout.name));
            let files_in = self.trees.files_in();
            let table = CommittedTable { files_in, manifests, ..CommittedTable::after(known, layout) };
            tables.insert(layout.name.clone(), table);
        }
        Ok(tables)
    }

    /// Removes what nothing refers to once this commit is durable.
    fn clear_superseded(&self, commit: &Commit) -> Result<(), LoadError> {
        let pipeline = self.lease.pipeline();
        match &self.head {
            Some(head) if head.names_files() => {
                superseded::remove_superseded(&self.lake, &head.objects(pipeline), &commit.objects(pipeline))
            }
            _ => remove_index(&self.lake, pipeline),
        }
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
