//! The live files of a pipeline's tables, for who reads them by other means than ours.

use std::collections::BTreeMap;

use convolake_model::{ColumnType, PartitionBy};

use crate::publish::commit;
use crate::publish::commit::{Commit, CommittedTable};
use crate::reads::totals::folders;
use crate::snapshot::{FileEntry, TableSnapshot};
use crate::storage::blocking::block_on;
use crate::storage::{LakeStorage, ObjectVersion};
use crate::table::expected_file::{AsOf, OnNewer};
use crate::table::file;
use crate::table::file::TableFile;
use crate::table::place::{partition_name, plain_name};
use crate::table::schema::stored_column;
use crate::{LoadError, paths};

/// How often a reader that a run has overtaken begins anew.
const MAX_TRIES: u32 = 5;

/// All tables of a pipeline, as one commit names them.
#[derive(Debug, Clone)]
pub struct LiveTables {
    /// The pipeline: the value of `source` in all rows.
    pub pipeline: String,
    /// The commit's number; `None` where there is none, or it names no files: then they were listed.
    pub commit: Option<u64>,
    /// The tables by name, those without files too.
    pub tables: BTreeMap<String, LiveTable>,
    /// What its commits are found by: the pipeline, or what stands for its derived tables.
    state: String,
    lake: LakeStorage,
}

/// The live files of a pipeline's table.
#[derive(Debug, Clone)]
pub struct LiveTable {
    /// The columns of its files in their order, with their types; empty where the commit does not tell them: then a file's footer does.
    pub columns: Vec<(String, ColumnType)>,
    /// The files in the order of their partitions.
    pub files: Vec<LiveFile>,
}

/// A live table file.
#[derive(Debug, Clone)]
pub struct LiveFile {
    /// Its name within the lake, with `/` between its segments.
    pub name: String,
    /// The name that the file of its partition has in the plain tree, whichever tree it lies in: that of its successors too.
    pub partition_name: String,
    /// Whether its partition is a day or a month.
    pub partition_by: PartitionBy,
    /// The partition's value, as in `2025-04-15` or `2025-04`; `None` for rows without a date.
    pub partition: Option<String>,
    /// The days it is of, from the first to the one behind the last, in days since 1970-01-01.
    pub days: Option<std::ops::Range<i32>>,
    /// Its rows; `None` where it was listed.
    pub rows: Option<u64>,
    /// Its size in bytes; `None` where it was listed.
    pub bytes: Option<u64>,
    /// The SHA-256 of its content, in hexadecimal digits; `None` where it was listed.
    pub sha256: Option<String>,
    /// Least and greatest instant of each column that has one, in microseconds; `None` where that is not known.
    pub instants: Option<BTreeMap<String, (i64, i64)>>,
    file: TableFile,
}

/// What stood under a table file's name when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenVersion(ObjectVersion);

impl LiveFile {
    /// Looks whether what stands under its name is what the commit names.
    ///
    /// # Errors
    /// [`LoadError::NotAsCommitted`] where it is not, and no run has replaced it since; the store's refusal.
    pub fn check(&self) -> Result<SeenVersion, LoadError> {
        Ok(SeenVersion(self.file.version()?.clone()))
    }

    /// What is read of it.
    pub(crate) fn table_file(&self) -> &TableFile {
        &self.file
    }

    fn listed(name: String, file: TableFile) -> Self {
        let rest = (None, None, None, None);
        Self::new(name, file, rest)
    }

    fn committed(name: String, entry: FileEntry, lake: &LakeStorage, as_of: &AsOf) -> Self {
        let file = entry.file_named(lake, name.clone(), as_of);
        let rest = (Some(entry.rows), Some(entry.bytes), Some(entry.sha256), entry.summary.instants);
        Self::new(name, file, rest)
    }

    fn new(name: String, file: TableFile, (rows, bytes, sha256, instants): Told) -> Self {
        let partition = file.partition;
        Self {
            partition_name: partition_name(&name),
            name,
            partition_by: partition.by,
            partition: partition.value(),
            days: partition.days(),
            rows,
            bytes,
            sha256,
            instants,
            file,
        }
    }
}

/// What a manifest tells of a file: rows, bytes, SHA-256, bounds of instants.
type Told = (Option<u64>, Option<u64>, Option<String>, Option<BTreeMap<String, (i64, i64)>>);

impl LiveTables {
    /// True where a later commit of the pipeline is there, or files of one may be there already.
    ///
    /// # Errors
    /// The store's refusal.
    pub fn is_past(&self) -> Result<bool, LoadError> {
        let Some(seq) = self.commit else { return Ok(false) };
        let as_of = AsOf { pipeline: self.state.clone(), seq, on_newer: OnNewer::Follow };
        block_on(as_of.is_past(&self.lake))
    }

    /// True where something else stands under a file's name than was seen there.
    ///
    /// # Errors
    /// The store's refusal.
    pub fn has_changed(&self, file: &LiveFile, seen: &SeenVersion) -> Result<bool, LoadError> {
        let found = block_on(self.lake.find(&file.name))?;
        Ok(found.is_none_or(|found| found.version != seen.0))
    }

    /// True where looking at a file is a request that is waited for.
    pub fn is_remote(&self) -> bool {
        self.lake.replaces_by_version()
    }
}

/// The tables of a pipeline by its newest commit, or by what lies in their folders where that names no files.
pub(crate) fn live_tables(lake: &LakeStorage, pipeline: &str) -> Result<LiveTables, LoadError> {
    let mut n_tries = 1;
    loop {
        let head = commit::current(lake, pipeline)?;
        match of_head(lake, pipeline, head.as_ref()) {
            Err(LoadError::Overtaken { .. }) if n_tries < MAX_TRIES => n_tries += 1,
            other => return other,
        }
    }
}

/// The derived tables of a source by the newest commit of theirs; none before the first.
pub(crate) fn live_derived(lake: &LakeStorage, source: &str) -> Result<LiveTables, LoadError> {
    let state = paths::derived_state(source);
    let mut n_tries = 1;
    loop {
        let head = block_on(commit::head(lake, &state))?;
        match derived_of_head(lake, source, &state, head.as_ref()) {
            Err(LoadError::Overtaken { .. }) if n_tries < MAX_TRIES => n_tries += 1,
            other => return other,
        }
    }
}

fn derived_of_head(
    lake: &LakeStorage,
    source: &str,
    state: &str,
    head: Option<&Commit>,
) -> Result<LiveTables, LoadError> {
    let mut tables = BTreeMap::new();
    for (name, table) in head.iter().flat_map(|head| &head.tables) {
        let folder = paths::derived_table(paths::name("the derived table", name)?, source);
        let snapshot = head.and_then(|head| head.snapshot(lake, state, name, OnNewer::Follow));
        let name_of = |entry: &FileEntry| format!("{folder}/{}", entry.partition.file());
        let files = snapshot.map(|snapshot| committed_files(lake, &snapshot, name_of)).transpose()?;
        tables.insert(name.clone(), LiveTable { columns: columns(table), files: files.unwrap_or_default() });
    }
    Ok(LiveTables {
        pipeline: source.to_owned(),
        commit: head.map(|head| head.seq),
        tables,
        state: state.to_owned(),
        lake: lake.clone(),
    })
}

/// The files of a table, by their manifests; `name_of` tells where each lies.
fn committed_files(
    lake: &LakeStorage,
    snapshot: &TableSnapshot,
    name_of: impl Fn(&FileEntry) -> String,
) -> Result<Vec<LiveFile>, LoadError> {
    let mut files = Vec::new();
    snapshot.each_manifest(|manifest| {
        let file = |entry| LiveFile::committed(name_of(&entry), entry, lake, &snapshot.as_of);
        files.extend(manifest.files.into_iter().map(file));
        Ok(())
    })?;
    Ok(files)
}

fn of_head(lake: &LakeStorage, pipeline: &str, head: Option<&Commit>) -> Result<LiveTables, LoadError> {
    let head = head.filter(|head| head.names_files());
    let names: Vec<String> = match head {
        Some(head) => head.tables.keys().cloned().collect(),
        None => folders(lake)?,
    };
    let mut tables = BTreeMap::new();
    for name in names {
        paths::name("the table", &name)?;
        let files = match head.and_then(|head| head.snapshot(lake, pipeline, &name, OnNewer::Follow)) {
            Some(snapshot) => committed_files(lake, &snapshot, |entry| entry.name(&name, pipeline))?,
            None => {
                let listed = file::list(lake, &name, pipeline)?.into_iter();
                listed
                    .map(|file| LiveFile::listed(plain_name(&name, pipeline, file.partition), file))
                    .collect()
            }
        };
        let columns = head.and_then(|head| head.tables.get(&name)).map(columns).unwrap_or_default();
        if head.is_some() || !files.is_empty() {
            tables.insert(name, LiveTable { columns, files });
        }
    }
    let commit = head.map(|head| head.seq);
    let (pipeline, state) = (pipeline.to_owned(), pipeline.to_owned());
    Ok(LiveTables { pipeline, commit, tables, state, lake: lake.clone() })
}

/// The columns of a table with their types; none where one of them does not read.
fn columns(table: &CommittedTable) -> Vec<(String, ColumnType)> {
    let columns: Option<Vec<_>> = table.columns.iter().map(|line| stored_column(line)).collect();
    columns.unwrap_or_default()
}
