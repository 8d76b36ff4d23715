//! The tree of a lake, brought up to what commits say.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use convolake_model::PartitionBy;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;

use crate::delta::file_name::DeltaFile;
use crate::delta::log::{Log, Written};
use crate::delta::next_version::{
    NextVersion, PublishMode, Unfit, Wanted, WantedFile, WantedPart, app_id, next_version,
};
use crate::delta::state::TableState;
use crate::delta::stats::stats;
use crate::delta::table_schema::{merged, schema_string};
use crate::publish::commit::{Commit, CommittedTable};
use crate::storage::blocking::block_on;
use crate::storage::digest::ContentDigest;
use crate::storage::{LakeStorage, WriteGate};
use crate::table::expected_file::OnNewer;
use crate::{Lease, LoadError, paths};

/// Files linked or uploaded at once.
const FILES_AT_ONCE: usize = 8;
/// How often a version is reckoned anew since others came first.
const MAX_TRIES: u32 = 200;

/// The Delta tree of a lake.
#[derive(Debug)]
pub(crate) struct DeltaTree<'a> {
    pub(crate) lake: &'a LakeStorage,
    /// What a version is dated.
    pub(crate) now: Timestamp,
}

/// What a table of the tree was brought to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct DeltaVersion {
    /// The newest version of ours.
    pub version: u64,
    /// Files it added; 0 where the table was as it should be.
    pub files_added: u64,
    /// Files it removed from the table; they stay for readers of earlier versions.
    pub files_removed: u64,
}

/// A pipeline's newest commit, and the right to publish what it says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Publication<'a> {
    pub(crate) lease: &'a Lease,
    pub(crate) commit: &'a Commit,
}

impl DeltaTree<'_> {
    /// Brings all tables of a pipeline to its newest commit: a version for each table whose files differ.
    pub(crate) fn follow(&self, of: Publication<'_>) -> Result<BTreeMap<String, DeltaVersion>, LoadError> {
        let bring = |table: &String| {
            let done = block_on(self.bring(table, &[of], PublishMode::Follow))?;
            Ok(done.map(|done| (table.clone(), done)))
        };
        of.commit.tables.keys().filter_map(|table| bring(table).transpose()).collect()
    }

    /// Makes all tables what the newest commits of all pipelines say, whatever stands there.
    pub(crate) fn rebuild(
        &self,
        all: &[Publication<'_>],
    ) -> Result<BTreeMap<String, DeltaVersion>, LoadError> {
        let tables: BTreeSet<&String> = all.iter().flat_map(|of| of.commit.tables.keys()).collect();
        let bring = |table: &String| {
            let of_table: Vec<Publication<'_>> =
                all.iter().filter(|of| of.commit.tables.contains_key(table)).copied().collect();
            let done = block_on(self.bring(table, &of_table, PublishMode::Rebuild))?;
            Ok(done.map(|done| (table.clone(), done)))
        };
        tables.into_iter().filter_map(|table| bring(table).transpose()).collect()
    }

    /// Brings one table to what these commits say; `None` where neither they nor the log have files of it.
    async fn bring(
        &self,
        table: &str,
        of: &[Publication<'_>],
        mode: PublishMode,
    ) -> Result<Option<DeltaVersion>, LoadError> {
        let log = Log { lake: self.lake, table };
        let Some(wanted) = self.wanted(&log, of, mode)? else { return Ok(None) };
        for _ in 0..MAX_TRIES {
            let state = log.read().await?;
            if let Some(state) = &state {
                if mode == PublishMode::Follow {
                    log.refuse_foreign(state)?;
                }
                refuse_overtaken(state, of)?;
            }
            if mode == PublishMode::Rebuild {
                self.repair(table, state.as_ref(), &wanted).await?;
            }
            let next = next_version(state.as_ref(), &wanted).map_err(|unfit| log.unreadable(words(unfit)))?;
            let Some(next) = next else {
                return Ok(
                    state.map(|state| DeltaVersion { version: state.version, ..DeltaVersion::default() })
                );
            };
            let gate = Gate(of);
            self.place(table, &next.added, &gate).await?;
            self.lake.step("write a version of the Delta log")?;
            gate.before_visible().await?;
            if log.create(next.number, &next.actions).await? == Written::Ours {
                let NextVersion { number, actions, added, n_removed } = next;
                let mut state = state.unwrap_or_default();
                state.apply(number, actions);
                log.checkpoint_when_due(&state, wanted.timestamp_ms).await;
                return Ok(Some(DeltaVersion {
                    version: number,
                    files_added: added.len() as u64,
                    files_removed: n_removed,
                }));
            }
        }
        Err(LoadError::Overtaken { object: paths::delta_log(table) })
    }

    /// Has files stand under their names in the tree, durably.
    async fn place(
        &self,
        table: &str,
        files: &[(String, WantedFile)],
        gate: &Gate<'_>,
    ) -> Result<(), LoadError> {
        let names: Vec<String> =
            files.iter().map(|(path, _)| format!("{}/{path}", paths::delta_table(table))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.lake.prepare(&names).await?;
        let place = |(name, (_, file)): (&&str, &(String, WantedFile))| {
            let (name, file) = ((*name).to_owned(), file.clone());
            async move {
                self.lake.step("place a file in the Delta tree")?;
                if !self.lake.replaces_by_version() {
                    // What is linked is what the commit says; what is fetched is looked at anyway.
                    file.plain_file.stored()?;
                }
                let content = ContentDigest { n_bytes: file.n_bytes, sha256: file.sha256 };
                self.lake.duplicate(&file.plain, &content, &name, gate).await
            }
        };
        stream::iter(names.iter().zip(files).map(place))
            .buffer_unordered(FILES_AT_ONCE)
            .try_collect::<()>()
            .await?;
        self.lake.make_durable(&names).await
    }

    /// Places files of the log anew whose content is not what commits say.
    async fn repair(
        &self,
        table: &str,
        state: Option<&TableState>,
        wanted: &Wanted<'_>,
    ) -> Result<(), LoadError> {
        let mut missing = Vec::new();
        for path in state.iter().flat_map(|state| state.files.keys()) {
            let Some(file) = DeltaFile::parse(path) else { continue };
            let of_source = wanted.parts.iter().find(|(source, _)| **source == file.source);
            let Some(wanted) = of_source.and_then(|(_, part)| part.files.get(&file)) else { continue };
            let name = format!("{}/{path}", paths::delta_table(table));
            let content = ContentDigest { n_bytes: wanted.n_bytes, sha256: wanted.sha256.clone() };
            if self.holds(&name, &content).await? {
                continue;
            }
            self.lake.step("remove a file of the Delta tree that is not what it should be")?;
            self.lake.remove(vec![name]).await?;
            missing.push((path.clone(), wanted.clone()));
        }
        self.place(table, &missing, &Gate(&[])).await
    }

    /// True where a file of this content stands under a name.
    pub(crate) async fn holds(&self, name: &str, content: &ContentDigest) -> Result<bool, LoadError> {
        let Some(found) = self.lake.find(name).await? else { return Ok(false) };
        if found.n_bytes != content.n_bytes {
            return Ok(false);
        }
        let listed = crate::storage::Listed {
            name: name.to_owned(),
            n_bytes: found.n_bytes,
            version: Some(found.version),
            written_at: None,
        };
        let file = self.lake.file(listed).await?;
        Ok(crate::table::expected_file::content(&file)? == *content)
    }

    /// What a table is to be by these commits; `None` where none of them lists its files.
    pub(crate) fn wanted<'b>(
        &self,
        log: &Log<'b>,
        of: &[Publication<'b>],
        mode: PublishMode,
    ) -> Result<Option<Wanted<'b>>, LoadError> {
        let mut parts = BTreeMap::new();
        let mut columns: Option<(String, PartitionBy)> = None;
        for Publication { lease, commit } in of {
            let (pipeline, Some(table)) = (lease.pipeline(), commit.tables.get(log.table)) else { continue };
            if !commit.names_files() {
                continue;
            }
            let of_table = self.columns(log, table)?;
            columns = Some(match columns {
                None => (of_table, table.partition_by),
                Some((_, by)) if by != table.partition_by => {
                    return Err(log.unreadable(words(Unfit::Partitions)));
                }
                Some((schema, by)) => {
                    (merged(&schema, &of_table).ok_or_else(|| log.unreadable(words(Unfit::Columns)))?, by)
                }
            });
            let files = self.files(log, pipeline, commit)?;
            parts.insert(pipeline, WantedPart { seq: commit.seq, run: commit.run.clone(), files });
        }
        Ok(columns.map(|(schema_string, partition_by)| Wanted {
            table: log.table,
            parts,
            schema_string,
            partition_by,
            timestamp_ms: self.now.as_millisecond(),
            mode,
        }))
    }

    /// The files of a pipeline's part, as its commit names them.
    pub(crate) fn files(
        &self,
        log: &Log<'_>,
        pipeline: &str,
        commit: &Commit,
    ) -> Result<BTreeMap<DeltaFile, WantedFile>, LoadError> {
        let mut files = BTreeMap::new();
        let Some(snapshot) = commit.snapshot(self.lake, pipeline, log.table, OnNewer::Refuse) else {
            return Ok(files);
        };
        snapshot.each_manifest(|manifest| {
            for entry in manifest.files {
                let file = WantedFile {
                    plain_file: entry.table_file(self.lake, log.table, &snapshot.as_of),
                    plain: format!("{}/{}", paths::table(log.table, pipeline), entry.partition.file()),
                    n_bytes: entry.bytes,
                    stats: stats(&entry),
                    sha256: entry.sha256,
                };
                files.insert(DeltaFile::new(pipeline, entry.partition, &file.sha256), file);
            }
            Ok(())
        })?;
        Ok(files)
    }

    fn columns(&self, log: &Log<'_>, table: &CommittedTable) -> Result<String, LoadError> {
        let unknown = || {
            let reason =
                "the newest commit does not tell its columns; the next run that changes the table does";
            log.unreadable(reason.to_owned())
        };
        let schema = schema_string(&table.columns, table.partition_by);
        schema.filter(|_| !table.columns.is_empty()).ok_or_else(unknown)
    }
}

/// Fails where a later commit of one of the pipelines is in the log: then this is not its newest, and its lease is lost.
fn refuse_overtaken(state: &TableState, of: &[Publication<'_>]) -> Result<(), LoadError> {
    for Publication { lease, commit } in of {
        let published = state.commits.get(&app_id(lease.pipeline()));
        if published.is_some_and(|(seq, _)| *seq > commit.seq) {
            return Err(LoadError::LeaseLost { pipeline: lease.pipeline().to_owned() });
        }
    }
    Ok(())
}

/// Lets a version through as long as all leases hold.
struct Gate<'a>(&'a [Publication<'a>]);

#[async_trait]
impl WriteGate for Gate<'_> {
    async fn before_visible(&self) -> Result<(), LoadError> {
        for of in self.0 {
            of.lease.check()?;
            of.lease.confirm().await?;
        }
        Ok(())
    }
}

fn words(unfit: Unfit) -> String {
    let differ = match unfit {
        Unfit::Columns => "the pipelines that share the table have different columns of one name",
        Unfit::Partitions => "the pipelines that share the table cut it into partitions of different kinds",
    };
    format!("{differ}; `convolake replay` those that are behind, then `convolake publish --rebuild`")
}
