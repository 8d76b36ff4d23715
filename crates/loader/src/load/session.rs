use std::collections::BTreeMap;
use std::path::PathBuf;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use convolake_model::Table;
use sha2::{Digest, Sha256};

use super::buffer::Buffer;
use super::existing;
use super::piece::Piece;
use super::placed::{Changes, Resolved};
use super::publish;
use super::report::{LoadReport, TableReport};
use super::resolve::Resolver;
use super::shape::Shape;
use super::sources::Ingredients;
use super::spill::Spill;
use super::units::{Affected, Units};
use super::version::{PageVersion, Versions};
use super::write::{Job, Staged, write_all};
use crate::commit::{Commit, CommittedFile, CommittedTable, FORMAT_VERSION};
use crate::seal::hex;
use crate::table_file::{self, TableFile, TableFileReader};
use crate::totals;
use crate::{Lake, Lease, LoadError, durable, layout};

/// A table to load.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadTable {
    /// The table.
    pub table: Table,
    /// The columns of the parent whose rows are replaced as a whole; empty where rows are upserted by key.
    pub replace: Vec<String>,
}

/// What the rows pushed are to the rows stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadMode {
    /// Newer versions of some of them.
    Merge,
    /// The whole truth: what is not pushed goes, and a changed schema is taken over.
    Rebuild,
}

/// Rows of one page for one table.
#[derive(Debug, Clone)]
pub struct Rows {
    /// The table's name.
    pub table: String,
    /// Exactly the table's columns, in order and typed as [`crate::arrow_schema`] says.
    pub batch: RecordBatch,
    /// For each row the place of its record on the page.
    pub index_in_page: Vec<u32>,
    /// The page.
    pub version: PageVersion,
    /// Every parent seen on the page, also those without a row; `None` where rows are upserted.
    pub parents: Option<Parents>,
}

/// Parents seen on a page.
#[derive(Debug, Clone)]
pub struct Parents {
    /// The `replace` columns, in their order.
    pub keys: RecordBatch,
    /// For each parent the place of its record on the page.
    pub index_in_page: Vec<u32>,
}

/// Rows on their way into the lake. Nothing of them is seen before [`Load::finish`]. All methods block.
///
/// An upsert knows the version of a stored row from the row itself; a replaced parent's is that of its newest row.
/// So pages are to be pushed in the order they were landed over several loads; within one, in any.
#[derive(Debug)]
pub struct Load {
    lake: Lake,
    /// Held as long as rows are under way.
    lease: Lease,
    run: String,
    mode: LoadMode,
    memory_bytes: usize,
    spill_folder: PathBuf,
    head: Option<Commit>,
    versions: Versions,
    tables: Vec<TableLoad>,
}

#[derive(Debug)]
struct TableLoad {
    shape: Shape,
    files: Vec<TableFile>,
    rows: Buffer,
    /// Parents without rows.
    emptied: Buffer,
    /// What was pushed, as far as anything stored may have to give way to it.
    units: Units,
}

/// A table's rows as they are to stand.
struct ResolvedTable<'a> {
    shape: &'a Shape,
    files: &'a [TableFile],
    affected: Affected,
    resolved: Resolved,
    changes: Changes,
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
        let pipeline = lease.pipeline();
        let staging = lake.path(&layout::staging(pipeline, layout::name("the run", run)?));
        let spill_folder = staging.join("spill");
        let head = lake.head(pipeline)?;
        let begin = |LoadTable { table, replace }: &LoadTable| -> Result<TableLoad, LoadError> {
            let shape = Shape::new(table, replace, buckets)?;
            let known = head.as_ref().and_then(|head| head.tables.get(&shape.name));
            if let (Some(known), LoadMode::Merge) = (known, mode) {
                known.check(&shape)?;
            }
            let unit = shape.schema.project(&shape.unit).map_err(LoadError::rows("take", &shape.name))?.into();
            let rows = Buffer::new(&shape.name, &spill_folder, "rows", &shape.schema, shape.unit.clone());
            let all = (0..shape.unit.len()).collect();
            Ok(TableLoad {
                files: table_file::list(&lake.root, &shape.name, pipeline)?,
                emptied: Buffer::new(&shape.name, &spill_folder, "emptied", &unit, all),
                rows,
                units: Units::default(),
                shape,
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
        })
    }

    /// Takes the rows of a page.
    ///
    /// # Errors
    /// [`LoadError::Misfit`] where they are no rows of the table; a full disk.
    pub fn push(&mut self, rows: Rows) -> Result<(), LoadError> {
        let Some(table) = self.tables.iter_mut().find(|table| table.shape.name == rows.table) else {
            return Err(LoadError::misfit(&rows.table, "the load has no such table"));
        };
        let version = self.versions.number(&rows.version);
        table.push(rows, version, self.mode)?;
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
        let ranks = self.versions.ranks();
        let context = Context {
            mode: self.mode,
            memory_bytes: self.memory_bytes,
            versions: &self.versions,
            ranks: &ranks,
            spill_folder: &self.spill_folder,
        };
        let mut loads = std::mem::take(&mut self.tables);
        let tables =
            loads.iter_mut().map(|table| table.resolve(&context)).collect::<Result<Vec<_>, LoadError>>()?;
        self.lake.step("stage table files")?;
        let pipeline = self.lease.pipeline();
        let staged = stage(&self.lake, pipeline, &self.run, &tables)?;
        let commit = self.commit(state, created_at, &tables, &staged)?;
        let changes: BTreeMap<String, TableReport> = tables.iter().map(ResolvedTable::report).collect();
        drop(tables);
        if let Some(commit) = &commit {
            publish::publish(&self.lake, pipeline, &staged, commit.clone())?;
        }
        durable::remove_staging(&self.spill_folder)?;
        // Stays while another file of the run is in the making; the next lease clears it.
        let _ = std::fs::remove_dir(self.lake.path(&layout::staging(pipeline, &self.run)));
        let mut report = LoadReport { tables: changes, commit };
        for (table, report) in &mut report.tables {
            for file in staged.iter().filter(|file| file.table == *table) {
                report.files_written += 1;
                report.bytes_written += file.written.bytes;
            }
            let total = totals::of_table(&self.lake.root, table, pipeline)?;
            (report.rows, report.bytes) = (total.rows, total.bytes);
        }
        Ok(report)
    }

    fn spill_above(&mut self, limit_bytes: usize) -> Result<(), LoadError> {
        let bytes = |table: &TableLoad| table.rows.bytes() + table.emptied.bytes();
        while self.tables.iter().map(bytes).sum::<usize>() > limit_bytes {
            let Some(largest) = self.tables.iter_mut().max_by_key(|table| bytes(table)) else { break };
            tracing::debug!(table = largest.shape.name, bytes = bytes(largest), "spilling rows");
            largest.rows.spill()?;
            largest.emptied.spill()?;
        }
        Ok(())
    }

    fn commit(
        &self,
        state: serde_json::Value,
        created_at: jiff::Timestamp,
        tables: &[ResolvedTable<'_>],
        staged: &[Staged],
    ) -> Result<Option<Commit>, LoadError> {
        let mut known = self.head.as_ref().map(|head| head.tables.clone()).unwrap_or_default();
        for ResolvedTable { shape, .. } in tables {
            let table = CommittedTable { schema_hash: shape.hash.clone(), buckets: shape.buckets };
            known.insert(shape.name.clone(), table);
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
            seq: self.head.as_ref().map_or(0, |head| head.seq) + 1,
            attempt: String::new(),
            parent: self.head.as_ref().map(|head| head.attempt.clone()),
            run: self.run.clone(),
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

struct Context<'a> {
    mode: LoadMode,
    memory_bytes: usize,
    versions: &'a Versions,
    ranks: &'a [u32],
    spill_folder: &'a std::path::Path,
}

impl TableLoad {
    fn push(&mut self, rows: Rows, version: u32, mode: LoadMode) -> Result<(), LoadError> {
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

    fn resolve(&mut self, context: &Context<'_>) -> Result<ResolvedTable<'_>, LoadError> {
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
            for parts in chunks(context.memory_bytes / 4, |part| self.rows.part_bytes(part) + self.emptied.part_bytes(part)) {
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

impl ResolvedTable<'_> {
    fn report(&self) -> (String, TableReport) {
        let Changes { rows_added, rows_changed, rows_removed, .. } = self.changes;
        (self.shape.name.clone(), TableReport { rows_added, rows_changed, rows_removed, ..TableReport::default() })
    }
}

impl CommittedTable {
    fn check(&self, shape: &Shape) -> Result<(), LoadError> {
        let table = shape.name.clone();
        if self.schema_hash != shape.hash {
            return Err(LoadError::SchemaChanged { table });
        }
        if self.buckets != shape.buckets {
            return Err(LoadError::BucketsChanged { table, stored: self.buckets, wanted: shape.buckets });
        }
        Ok(())
    }
}

/// Writes the successors of all partitions that change.
fn stage(
    lake: &Lake,
    pipeline: &str,
    run: &str,
    tables: &[ResolvedTable<'_>],
) -> Result<Vec<Staged>, LoadError> {
    let folder = layout::staging(pipeline, run);
    let batches: Vec<Vec<&RecordBatch>> =
        tables.iter().map(|table| table.resolved.pieces.iter().map(|piece| &piece.batch).collect()).collect();
    let mut jobs = Vec::new();
    for (table, batches) in tables.iter().zip(&batches) {
        for (partition, change) in &table.changes.partitions {
            let number = 2 * jobs.len();
            jobs.push(Job {
                ingredients: Ingredients {
                    shape: table.shape,
                    resolved: &table.resolved,
                    batches,
                    affected: &table.affected,
                    partition: *partition,
                    stored: table.files.iter().find(|file| file.partition == *partition),
                },
                target: format!("{}/{}", layout::table(&table.shape.name, pipeline), partition.file()),
                change: *change,
                staged_without: format!("{folder}/{number:05}.staged"),
                staged: format!("{folder}/{:05}.staged", number + 1),
                root: lake.root.to_path_buf(),
            });
        }
    }
    if !jobs.is_empty() {
        durable::create_folder(&lake.path(&folder))?;
    }
    write_all(&jobs)
}

/// The parents of a page that have no row on it.
fn emptied(shape: &Shape, parents: Parents, with_rows: &[u32]) -> Result<Piece, LoadError> {
    let Parents { keys, index_in_page } = parents;
    let misfit = |error: arrow_schema::ArrowError| LoadError::misfit(&shape.name, error.to_string());
    let schema = shape.schema.project(&shape.unit).map_err(misfit)?.into();
    let keys = RecordBatch::try_new(schema, keys.columns().to_vec()).map_err(misfit)?;
    if index_in_page.len() != keys.num_rows() {
        return Err(LoadError::misfit(&shape.name, "the parents' `index_in_page` is not as long as their keys"));
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
