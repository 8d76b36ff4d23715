//! The tree of a lake, brought up to what commits say.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;

use crate::delta::log::{Log, Written};
use crate::delta::next_version::{NextVersion, PublishMode, Unfit, WantedFile, app_id, next_version};
use crate::delta::state::TableState;
use crate::publish::commit::Commit;
use crate::storage::blocking::block_on;
use crate::storage::digest::ContentDigest;
use crate::storage::{LakeStorage, WriteGate};
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
        if let (PublishMode::Follow, [of]) = (mode, of)
            && let Some(digest) = self.digest(&log, of.commit)?
            && let Some(version) = log.shows(of.lease.pipeline(), &digest).await?
        {
            return Ok(Some(DeltaVersion { version, ..DeltaVersion::default() }));
        }
        let Some(mut wanted) = self.wanted(&log, of, mode)? else { return Ok(None) };
        for _ in 0..MAX_TRIES {
            let state = log.read().await?;
            if let (PublishMode::Follow, Some(state)) = (mode, &state) {
                log.refuse_foreign(state)?;
                refuse_behind(&log, state, of).await?;
            }
            if mode == PublishMode::Rebuild {
                self.repair(table, state.as_ref(), &wanted).await?;
            }
            wanted.read_footers(state.as_ref());
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

    /// Has files stand under their names in the tree, durably. Those that lie there alone are looked at.
    pub(crate) async fn place(
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
                if file.is_only_here() {
                    return file.committed_file.stored().map(drop);
                }
                self.lake.step("place a file in the Delta tree")?;
                if !self.lake.replaces_by_version() {
                    // What is linked is what the commit says; what is fetched is looked at anyway.
                    file.committed_file.stored()?;
                }
                let content = ContentDigest { n_bytes: file.n_bytes, sha256: file.sha256 };
                self.lake.duplicate(&file.committed, &content, &name, gate).await
            }
        };
        stream::iter(names.iter().zip(files).map(place))
            .buffer_unordered(FILES_AT_ONCE)
            .try_collect::<()>()
            .await?;
        self.lake.make_durable(&names).await
    }
}

/// Fails where a later commit of one of the pipelines is in the log: either its lease is lost and this is not the newest, or the lake's state
/// is older than the log.
async fn refuse_behind(log: &Log<'_>, state: &TableState, of: &[Publication<'_>]) -> Result<(), LoadError> {
    for of @ Publication { lease, commit } in of {
        let published = state.commits.get(&app_id(lease.pipeline())).map(|(seq, _)| *seq);
        if let Some(published) = published.filter(|seq| *seq > commit.seq) {
            Gate(std::slice::from_ref(of)).before_visible().await?;
            let (table, pipeline) = (log.table.to_owned(), lease.pipeline().to_owned());
            return Err(LoadError::DeltaAhead { table, pipeline, published, commit: commit.seq });
        }
    }
    Ok(())
}

/// Lets a version through as long as all leases hold.
pub(crate) struct Gate<'a>(pub(crate) &'a [Publication<'a>]);

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

pub(crate) fn words(unfit: Unfit) -> String {
    let differ = match unfit {
        Unfit::Columns => "the pipelines that share the table have different columns of one name",
        Unfit::Partitions => "the pipelines that share the table cut it into partitions of different kinds",
    };
    format!("{differ}; `convolake replay` those that are behind, then `convolake publish --rebuild`")
}
