//! A build of derived tables: files are added one by one, and published together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;

use convolake_model::{ColumnType, PartitionBy, Tree};

use crate::lease::{Lease, LeaseHolder, LeaseTimes};
use crate::publish::commit::{self, Commit, CommittedFile, CommittedTable};
use crate::publish::next_commit::{Changes, next_commit, seq_after};
use crate::publish::{Afterwards, InPlace, Publisher, StagedContent, StagedFile};
use crate::snapshot::{FileEntry, FileSummary, SummaryColumns, superseded, table_snapshot};
use crate::storage::blocking::block_on;
use crate::storage::digest::{ContentDigest, sha256};
use crate::storage::{Found, LakeStorage, durable};
use crate::table::expected_file::OnNewer;
use crate::table::partition::Partition;
use crate::table::writer::Written;
use crate::{LoadError, paths};

/// Commits that are kept beside the newest, for readers that have just listed them.
const KEPT_COMMITS: u64 = 3;

/// The derived tables of a source while they are built. Nothing of it is seen before [`DerivedTables::publish`].
#[derive(Debug)]
pub struct DerivedTables {
    lake: LakeStorage,
    source: String,
    lease: Lease,
    head: Option<Commit>,
    run: String,
    /// By table, the files of the newest commit.
    live: BTreeMap<String, BTreeMap<Partition, FileEntry>>,
    staged: Vec<(String, StagedFile, FileEntry)>,
    n_files: usize,
}

/// A whole Parquet file that the caller has written at a path of [`DerivedTables::new_path`].
#[derive(Debug, Clone)]
pub struct NewFile {
    /// The derived table.
    pub table: String,
    /// The month, as in `2025-04`; `None` for rows without one.
    pub month: Option<String>,
    /// Where it was written.
    pub path: PathBuf,
    /// Its rows. A file without rows takes the one away that has the table's month.
    pub rows: u64,
    /// Least and greatest instant of columns, in microseconds.
    pub instants: BTreeMap<String, (i64, i64)>,
}

/// What became of a file that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is published with the others.
    New,
    /// The lake has the same bytes, or has no file where it has no rows.
    Unchanged,
}

impl DerivedTables {
    /// Takes the right to build them, and finishes or clears what an interrupted build has left.
    pub(crate) fn begin(
        lake: &LakeStorage,
        source: &str,
        holder: &LeaseHolder,
        times: LeaseTimes,
    ) -> Result<Self, LoadError> {
        let state = paths::derived_state(paths::name("the pipeline", source)?);
        let run = paths::name("the run", &holder.run)?.to_owned();
        block_on(lake.guard())?;
        let lease = Lease::take(lake, &state, holder, times)?;
        InPlace::new(lake, &lease).recover()?;
        let head = block_on(commit::head(lake, &state))?;
        let mut live = BTreeMap::new();
        for table in head.iter().flat_map(|head| head.tables.keys()) {
            let snapshot = head.as_ref().and_then(|head| head.snapshot(lake, &state, table, OnNewer::Refuse));
            let mut files = BTreeMap::new();
            if let Some(snapshot) = snapshot {
                snapshot.each_manifest(|manifest| {
                    files.extend(manifest.files.into_iter().map(|entry| (entry.partition, entry)));
                    Ok(())
                })?;
            }
            live.insert(table.clone(), files);
        }
        let (lake, source) = (lake.clone(), source.to_owned());
        Ok(Self { lake, source, lease, head, run, live, staged: Vec::new(), n_files: 0 })
    }

    /// The state of the last build; `None` before the first.
    pub fn state(&self) -> Option<&serde_json::Value> {
        self.head.as_ref().map(|head| &head.state)
    }

    /// The months of a table that have a file.
    pub fn months(&self, table: &str) -> BTreeSet<Option<String>> {
        self.live.get(table).into_iter().flatten().map(|(partition, _)| partition.value()).collect()
    }

    /// By table, the months whose file is named and is not there, or has another size.
    ///
    /// # Errors
    /// The store's refusal.
    pub fn lost(&self) -> Result<BTreeMap<String, BTreeSet<Option<String>>>, LoadError> {
        let mut lost: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
        for (table, files) in &self.live {
            let folder = paths::derived_table(table, &self.source);
            let there: BTreeMap<String, u64> = block_on(self.lake.list(&folder))?
                .into_iter()
                .map(|listed| (listed.name, listed.n_bytes))
                .collect();
            for (partition, entry) in files {
                if there.get(&format!("{folder}/{}", partition.file())) != Some(&entry.bytes) {
                    lost.entry(table.clone()).or_default().insert(partition.value());
                }
            }
        }
        Ok(lost)
    }

    /// A path of this machine at which the next file may be written.
    ///
    /// # Errors
    /// The folder cannot be made; [`LoadError::LeaseLost`].
    pub fn new_path(&mut self) -> Result<PathBuf, LoadError> {
        self.lease.check()?;
        let folder = paths::staging(self.lease.pipeline(), &self.run);
        durable::create_folder(&self.lake.path(&folder))?;
        self.n_files += 1;
        Ok(self.lake.path(&self.staged_name(self.n_files)))
    }

    fn staged_name(&self, number: usize) -> String {
        let folder = paths::staging(self.lease.pipeline(), &self.run);
        format!("{folder}/{:08}-{number:05}.staged", seq_after(self.head.as_ref()))
    }

    /// Takes a file that was written at a path of [`DerivedTables::new_path`].
    ///
    /// # Errors
    /// It cannot be read or made durable; the month is none.
    pub fn add(&mut self, file: NewFile) -> Result<Added, LoadError> {
        let NewFile { table, month, path, rows, instants } = file;
        paths::name("the derived table", &table)?;
        let month = month.as_deref().unwrap_or(Partition::NO_VALUE);
        let partition =
            Partition::parse(&format!("{}={month}/part-0.parquet", PartitionBy::Month.folder_column()))
                .ok_or_else(|| LoadError::misfit(&table, format!("`{month}` is no month")))?;
        let opened = File::open(&path).map_err(LoadError::file("read the derived file", &path))?;
        opened.sync_all().map_err(LoadError::file("sync the derived file", &path))?;
        let content = ContentDigest::of(opened).map_err(LoadError::file("read the derived file", &path))?;
        let target = format!("{}/{}", paths::derived_table(&table, &self.source), partition.file());
        let stands = block_on(self.lake.find(&target))?;
        let known = self.live.get(&table).and_then(|files| files.get(&partition));
        let is_as_before = match (known, &stands, rows) {
            (None, None, 0) => true,
            (Some(known), Some(stands), 1..) => known.sha256 == content.sha256 && is_it(known, stands),
            _ => false,
        };
        if is_as_before {
            std::fs::remove_file(&path).map_err(LoadError::file("remove the derived file", &path))?;
            return Ok(Added::Unchanged);
        }
        let folder = paths::staging(self.lease.pipeline(), &self.run);
        let name = path.file_name().map(|name| format!("{folder}/{}", name.to_string_lossy()));
        let name = name.filter(|name| self.lake.path(name) == path);
        let name = name.ok_or_else(|| LoadError::misfit(&table, "its file was not staged".to_owned()))?;
        // A file that is renamed to its place stays known by what it is known by.
        let (stamp, replaces) = match self.lake.replaces_by_version() {
            true => (None, stands.map(|found| found.version)),
            false => (block_on(self.lake.find(&name))?.map(|found| found.version), None),
        };
        let written = Written { rows, bytes: content.n_bytes, sha256: content.sha256 };
        let summary = FileSummary { instants: Some(instants), ..FileSummary::default() };
        let entry = FileEntry::written(partition, &written, stamp, summary);
        let content = Some(StagedContent { name, written });
        let staged = match rows {
            0 => StagedFile { target, replaces, taking: content, adding: None, afterwards: Afterwards::Goes },
            _ => {
                StagedFile { target, replaces, taking: None, adding: content, afterwards: Afterwards::Stays }
            }
        };
        self.staged.push((table, staged, entry));
        Ok(Added::New)
    }

    /// Publishes all files that were added, and commits. `columns` are those of each table that was built. Gives the commit; `None` where
    /// neither files nor state changed.
    ///
    /// # Errors
    /// What can go wrong on the way. If it did before the intent was written, nothing has happened; if later, the next build of the source
    /// brings it to its end.
    pub fn publish(
        mut self,
        columns: &BTreeMap<String, Vec<(String, ColumnType)>>,
        state: serde_json::Value,
        created_at: jiff::Timestamp,
    ) -> Result<Option<Commit>, LoadError> {
        let (lease, lake) = (self.lease.clone(), self.lake.clone());
        let seq = seq_after(self.head.as_ref());
        lake.step("write manifests of derived tables")?;
        let mut tables = self.head.as_ref().map(|head| head.tables.clone()).unwrap_or_default();
        for (name, columns) in columns {
            let lines: Vec<String> =
                columns.iter().map(|(column, kind)| format!("{column} {kind:?} optional")).collect();
            let known = tables.get(name);
            let changes = self.staged.iter().filter(|(table, ..)| table == name);
            if known.is_some_and(|known| known.columns == lines) && changes.clone().next().is_none() {
                continue;
            }
            let files = self.live.entry(name.clone()).or_default();
            for (_, staged, entry) in changes {
                match staged.afterwards {
                    Afterwards::Stays => files.insert(entry.partition, entry.clone()),
                    Afterwards::Goes => files.remove(&entry.partition),
                };
            }
            let files = files.values().cloned().collect();
            let no_columns = SummaryColumns::default();
            let manifests = table_snapshot::write(&lake, lease.pipeline(), name, &no_columns, files, seq)?;
            let schema_hash = sha256(lines.join("\n").as_bytes());
            let table = CommittedTable {
                schema_hash,
                buckets: 1,
                partition_by: PartitionBy::Month,
                columns: lines,
                field_ids: BTreeMap::new(),
                files_in: Tree::Plain,
                manifests,
            };
            tables.insert(name.clone(), table);
        }
        let files: Vec<&StagedFile> = self.staged.iter().map(|(_, staged, _)| staged).collect();
        let changes = Changes {
            run: &self.run,
            state,
            created_at,
            tables,
            known_pages: None,
            files: CommittedFile::of_staged(&files),
            archives: &[],
        };
        let commit = next_commit(self.head.as_ref(), &lease, changes)?;
        if let Some(commit) = &commit {
            InPlace::new(&lake, &lease).publish(&files, commit.clone())?;
            if let Err(error) = self.clear_superseded(commit) {
                tracing::warn!(%error, "what the commit takes the place of stays in the lake");
            }
        }
        let _ = std::fs::remove_dir(lake.path(&paths::staging(lease.pipeline(), &self.run)));
        Ok(commit)
    }

    /// Removes what nothing refers to once this commit is durable: manifests of the one before, and commits long past.
    fn clear_superseded(&self, commit: &Commit) -> Result<(), LoadError> {
        let state = self.lease.pipeline();
        let Some(head) = &self.head else { return Ok(()) };
        superseded::remove_superseded(&self.lake, &head.objects(state), &commit.objects(state))?;
        match commit.seq.checked_sub(KEPT_COMMITS + 1).filter(|past| *past > 0) {
            Some(past) => {
                self.lake.step("remove a commit that is long past")?;
                block_on(self.lake.remove(vec![paths::commit(state, past)]))
            }
            None => Ok(()),
        }
    }
}

/// Whether what stands under a file's name is the file.
fn is_it(known: &FileEntry, stands: &Found) -> bool {
    match &stands.sha256 {
        Some(noted) => *noted == known.sha256,
        None => known.stamp.as_ref() == Some(&stands.version),
    }
}
