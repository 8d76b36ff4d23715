//! A load, from its beginning to its commit.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::PathBuf;

use convolake_batch::TableBatch;
use sha2::Digest;
use sha2::Sha256;

use crate::index::{Published, StaleMonths};
use crate::load::input::LoadTable;
use crate::load::report::{LoadReport, TableReport};
use crate::load::resolve_table::ResolveContext;
use crate::load::stage::{ResolvedTable, stage};
use crate::load::table_load::TableLoad;
use crate::load::write::Staged;
use crate::publish::commit::{self, Commit, CommittedFile, CommittedTable, FORMAT_VERSION};
use crate::resolve::affected_units::PushedUnits;
use crate::resolve::mode::LoadMode;
use crate::resolve::sorted_spill::SortedSpill;
use crate::rows::version::{PageVersion, Versions};
use crate::spill::spill_buffer::SpillBuffer;
use crate::storage::durable;
use crate::storage::lake_storage::LakeStorage;
use crate::storage::seal::hex;
use crate::table::file;
use crate::table::file::TableFile;
use crate::table::layout::{PushedLayout, TableLayout};
use crate::table::partition::Partition;
use crate::{Lake, Lease, LoadError, index, paths, publish};

/// Rows on their way into the lake. Nothing of them is seen before [`Load::finish`]. All methods block.
///
/// An upsert knows the version of a stored row from the row itself; a replaced parent's is that of its newest row.
/// So pages are to be pushed in the order they were landed over several loads; within one, in any.
#[derive(Debug)]
pub struct Load {
    lake: LakeStorage,
    /// Held as long as rows are under way.
    lease: Lease,
    run: String,
    mode: LoadMode,
    memory_bytes: usize,
    spill_folder: PathBuf,
    head: Option<Commit>,
    versions: Versions,
    tables: Vec<TableLoad>,
    /// Once all is resolved: the tables, their files before the load, and the months of which the index lacks some.
    before: Vec<(TableLayout, Vec<TableFile>, StaleMonths)>,
}

impl Load {
    /// Begins a load of some tables of the lease's pipeline. Rows are held in memory up to half of `memory_bytes`, then
    /// spilled below the lake's `_convolake/staging/`. `buckets` is the number of files a partition is cut into.
    ///
    /// # Errors
    /// [`LoadError::SchemaChanged`] and [`LoadError::BucketsChanged`] unless the tables are rebuilt;
    /// all of [`Lake::head`].
    pub fn begin(
        lake: &Lake,
        lease: &Lease,
        run: &str,
        tables: &[LoadTable],
        mode: LoadMode,
        memory_bytes: usize,
        buckets: u32,
    ) -> Result<Self, LoadError> {
        let lake = &lake.storage;
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
        let begin = |LoadTable { table, replace }: &LoadTable| -> Result<TableLoad, LoadError> {
            let layout = TableLayout::new(table, replace, buckets)?;
            let known = head.as_ref().and_then(|head| head.tables.get(&layout.name));
            if let (Some(known), LoadMode::Merge) = (known, mode) {
                known.check(&layout)?;
            }
            let unit = layout.unit_schema().map_err(LoadError::rows("take", &layout.name))?;
            let PushedLayout { schema, unit: unit_columns, .. } = &layout.pushed;
            let rows = SpillBuffer::new(&layout.name, &spill_folder, "rows", schema, unit_columns.clone());
            let all = (0..layout.unit.len()).collect();
            Ok(TableLoad {
                files: file::list(lake, &layout.name, pipeline)?,
                rowless_parents: SpillBuffer::new(&layout.name, &spill_folder, "rowless_parents", &unit, all),
                rows,
                sorted_spill: SortedSpill::default(),
                units: PushedUnits::default(),
                stale_months: StaleMonths::new(),
                layout,
            })
        };
        Ok(Self {
            tables: tables.iter().map(begin).collect::<Result<_, _>>()?,
            lake: lake.clone(),
            lease: lease.clone(),
            run: run.to_owned(),
            mode,
            memory_bytes,
            spill_folder,
            head,
            versions: Versions::default(),
            before: Vec::new(),
        })
    }

    /// True for a table that this load takes rows of.
    pub fn has(&self, table: &str) -> bool {
        self.tables.iter().any(|load| load.layout.name == table)
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
        table.push(rows, &versions, self.mode)?;
        self.spill_above(self.memory_bytes / 2)
    }

    /// Merges, publishes and commits. `state` is the engine's, `created_at` the commit's time. Files whose rows do not
    /// change are not written; where the state is the same too, there is no commit.
    ///
    /// # Errors
    /// What can go wrong on the way. If it did before the intent was written, nothing has happened; if later, the next
    /// lease of the pipeline brings it to its end.
    pub fn finish(
        mut self,
        state: serde_json::Value,
        created_at: jiff::Timestamp,
    ) -> Result<LoadReport, LoadError> {
        let (staged, commit, changes) = self.staged(|load, tables, staged| {
            let commit = load.commit(state, created_at, tables, &staged)?;
            let changes: BTreeMap<String, TableReport> = tables.iter().map(ResolvedTable::report).collect();
            Ok((staged, commit, changes))
        })?;
        let pipeline = self.lease.pipeline();
        let versions = match &commit {
            Some(commit) => publish::publish(&self.lake, &self.lease, &staged, commit.clone())?,
            None => HashMap::new(),
        };
        if let Err(error) = self.keep_index(&staged, &versions) {
            tracing::warn!(%error, "the index of table files stays behind; the next run brings it up to date");
        }
        durable::remove_staging(&self.spill_folder)?;
        // Stays while another file of the run is in the making; the next lease clears it.
        let _ = std::fs::remove_dir(self.lake.path(&paths::staging(pipeline, &self.run)));
        let mut report = LoadReport { tables: changes, commit };
        for (table, report) in &mut report.tables {
            for file in staged.iter().filter(|file| file.table == *table) {
                report.files_written += 1;
                report.bytes_written += file.written.bytes;
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
        let names = |staged: Vec<Staged>| staged.into_iter().map(|file| (file.target, file.staged)).collect();
        self.staged(|_, _, staged| Ok(names(staged)))
    }

    /// Resolves and stages all tables; `then` sees them before they are gone.
    fn staged<T>(
        &mut self,
        then: impl FnOnce(&Self, &[ResolvedTable<'_>], Vec<Staged>) -> Result<T, LoadError>,
    ) -> Result<T, LoadError> {
        let ranks = self.versions.ranks();
        let mut loads = std::mem::take(&mut self.tables);
        let mut versions = std::mem::take(&mut self.versions);
        let context = ResolveContext {
            lake: &self.lake,
            pipeline: self.lease.pipeline(),
            mode: self.mode,
            memory_bytes: self.memory_bytes,
            ranks: &ranks,
            spill_folder: &self.spill_folder,
        };
        let tables = loads
            .iter_mut()
            .map(|table| table.resolve(&context, &mut versions))
            .collect::<Result<Vec<_>, LoadError>>()?;
        self.lake.step("stage table files")?;
        let staged = stage(&self.lake, self.lease.pipeline(), &self.run, self.seq(), &tables, &versions)?;
        let done = then(self, &tables, staged)?;
        drop(tables);
        self.before = loads.into_iter().map(|load| (load.layout, load.files, load.stale_months)).collect();
        Ok(done)
    }

    /// Brings the index up to what was published.
    fn keep_index(&self, staged: &[Staged], versions: &HashMap<String, String>) -> Result<(), LoadError> {
        let pipeline = self.lease.pipeline();
        for (layout, files, stale_months) in &self.before {
            let folder = format!("{}/", paths::table(&layout.name, pipeline));
            let mut published = Vec::new();
            for file in staged {
                let name = file.target.strip_prefix(&folder);
                let Some(partition) = name.and_then(Partition::parse) else { continue };
                let stamp = match self.lake.folder() {
                    Some(_) => Some(file::stamp(&self.lake.path(&file.target))?),
                    None => versions.get(&file.target).cloned(),
                };
                published.push(Published { partition, stamp, groups: file.groups.clone() });
            }
            index::keep(&self.lake, pipeline, layout, files, stale_months, &published)?;
        }
        Ok(())
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

    /// The number of the commit that ends this load.
    fn seq(&self) -> u64 {
        self.head.as_ref().map_or(0, |head| head.seq) + 1
    }

    fn commit(
        &self,
        state: serde_json::Value,
        created_at: jiff::Timestamp,
        tables: &[ResolvedTable<'_>],
        staged: &[Staged],
    ) -> Result<Option<Commit>, LoadError> {
        let mut known = self.head.as_ref().map(|head| head.tables.clone()).unwrap_or_default();
        for ResolvedTable { layout, .. } in tables {
            let table = CommittedTable { schema_hash: layout.hash.clone(), buckets: layout.buckets };
            known.insert(layout.name.clone(), table);
        }
        if let Some(head) = &self.head
            && staged.is_empty()
            && head.state == state
            && head.tables == known
        {
            return Ok(None);
        }
        let files = staged.iter().map(|file| CommittedFile {
            path: file.target.clone(),
            rows: file.written.rows,
            bytes: file.written.bytes,
            sha256: file.written.sha256.clone(),
        });
        let mut commit = Commit {
            version: FORMAT_VERSION,
            seq: self.seq(),
            attempt: String::new(),
            parent: self.head.as_ref().map(|head| head.attempt.clone()),
            run: self.run.clone(),
            fence: self.lease.fence(),
            created_at,
            state,
            tables: known,
            files: files.collect(),
        };
        // The run's name is unique, and what a run commits differs from commit to commit at least in its parent.
        let content = serde_json::to_vec(&commit).map_err(|error| LoadError::damaged("(a commit)", error))?;
        commit.attempt = format!("{}-{}", self.run, &hex(&Sha256::digest(&content))[..12]);
        Ok(Some(commit))
    }
}

/// Whether rows of these tables can be merged with what a pipeline has here: same columns, same buckets.
///
/// # Errors
/// [`LoadError::SchemaChanged`], [`LoadError::BucketsChanged`]; all of [`Lake::head`].
pub(crate) fn takes(
    lake: &LakeStorage,
    pipeline: &str,
    tables: &[LoadTable],
    buckets: u32,
) -> Result<(), LoadError> {
    let Some(head) = commit::current(lake, pipeline)? else { return Ok(()) };
    tables.iter().try_for_each(|LoadTable { table, replace }| {
        let layout = TableLayout::new(table, replace, buckets)?;
        head.tables.get(&layout.name).map_or(Ok(()), |known| known.check(&layout))
    })
}

impl CommittedTable {
    fn check(&self, layout: &TableLayout) -> Result<(), LoadError> {
        let table = layout.name.clone();
        if self.schema_hash != layout.hash {
            return Err(LoadError::SchemaChanged { table });
        }
        self.check_buckets(&table, layout.buckets)
    }

    fn check_buckets(&self, table: &str, wanted: u32) -> Result<(), LoadError> {
        match self.buckets == wanted.max(1) {
            true => Ok(()),
            false => Err(LoadError::BucketsChanged { table: table.to_owned(), stored: self.buckets, wanted }),
        }
    }
}
