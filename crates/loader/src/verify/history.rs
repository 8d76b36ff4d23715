//! What the commits and intents of a pipeline say.

use std::collections::{BTreeMap, BTreeSet};

use crate::publish::commit;
use crate::publish::commit::{Commit, CommittedFile, CommittedTable, FORMAT_VERSION};
use crate::publish::intent::Intent;
use crate::storage::blocking::block_on;
use crate::storage::{LakeStorage, seal};
use crate::verify::finding::{FindingKind, Findings, Remedy};
use crate::verify::lake_files;
use crate::{LoadError, paths};

/// What the commits of a pipeline say, all together.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The newest commit's number; 0 before the first.
    pub(crate) head: u64,
    /// Each table file as the newest commit that names it wrote it, with the commit's number.
    pub(crate) files: BTreeMap<String, (CommittedFile, u64)>,
    /// Each table file as an open intent is about to make it.
    pub(crate) pending: BTreeMap<String, CommittedFile>,
    /// The tables, as the newest commit knows them.
    pub(crate) tables: BTreeMap<String, CommittedTable>,
    /// The tables that earlier commits know with another schema: rows of theirs may stand as a later page gave them, though an earlier
    /// one would have given the same under the schema of today.
    pub(crate) grown: BTreeSet<String>,
    /// False where a commit is not there or does not read: then nobody knows all files.
    pub(crate) is_whole: bool,
    /// The runs that committed.
    pub(crate) runs: BTreeSet<String>,
}

impl History {
    /// Reads all commits and intents, and looks whether they are dense, whole and in line.
    pub(crate) fn read(
        lake: &LakeStorage,
        pipeline: &str,
        findings: &mut Findings,
    ) -> Result<Self, LoadError> {
        let mut history = Self { is_whole: true, ..Self::default() };
        let numbers: BTreeSet<u64> = numbers(lake, &paths::commits(pipeline))?.into_values().collect();
        let mut before: Option<Commit> = None;
        for seq in 1..=numbers.last().copied().unwrap_or_default() {
            let object = paths::commit(pipeline, seq);
            if !numbers.contains(&seq) {
                let detail = format!("commit {seq} is not there, though later ones are");
                findings.add(FindingKind::CommitMissing, object, detail, Remedy::Restore);
                (before, history.is_whole) = (None, false);
                continue;
            }
            let commit = match block_on(commit::read(lake, pipeline, seq)) {
                Ok(Some(commit)) => commit,
                Ok(None) => continue,
                Err(error) => {
                    damaged(&object, error, findings)?;
                    (before, history.is_whole) = (None, false);
                    continue;
                }
            };
            let is_first = seq == 1;
            if before.as_ref().is_some_and(|before| commit.parent.as_ref() != Some(&before.attempt))
                || (is_first && commit.parent.is_some())
            {
                let detail = "it names another commit before it than the one that is there";
                findings.add(FindingKind::CommitOutOfLine, object, detail, Remedy::Restore);
            }
            history.add(&commit);
            before = Some(commit);
        }
        history.read_intents(lake, pipeline, findings)?;
        Ok(history)
    }

    fn add(&mut self, commit: &Commit) {
        self.head = commit.seq;
        let is_other = |(name, table): &(&String, &CommittedTable)| {
            self.tables.get(*name).is_some_and(|known| known.schema_hash != table.schema_hash)
        };
        let grown: Vec<String> =
            commit.tables.iter().filter(is_other).map(|(name, _)| name.clone()).collect();
        self.grown.extend(grown);
        self.tables.clone_from(&commit.tables);
        self.runs.insert(commit.run.clone());
        for file in &commit.files {
            self.files.insert(file.path.clone(), (file.clone(), commit.seq));
        }
    }

    fn read_intents(
        &mut self,
        lake: &LakeStorage,
        pipeline: &str,
        findings: &mut Findings,
    ) -> Result<(), LoadError> {
        for object in numbers(lake, &paths::intents(pipeline))?.into_keys() {
            let Some(bytes) = lake_files::object(lake, &object)? else { continue };
            let intent: Intent = match seal::open(&object, &bytes, FORMAT_VERSION) {
                Ok(intent) => intent,
                Err(error) => {
                    damaged(&object, error, findings)?;
                    continue;
                }
            };
            let detail = format!("the run {} was interrupted while it published", intent.commit.run);
            findings.add(FindingKind::IntentOpen, object, detail, Remedy::Run);
            if intent.seq > self.head {
                self.pending.extend(intent.commit.files.into_iter().map(|file| (file.path.clone(), file)));
            }
        }
        Ok(())
    }
}

/// What changes when a run commits: the names of commits and intents.
pub(crate) fn marks(lake: &LakeStorage, pipeline: &str) -> Result<Vec<String>, LoadError> {
    let mut names = lake_files::below(lake, &paths::commits(pipeline))?;
    names.extend(lake_files::below(lake, &paths::intents(pipeline))?);
    Ok(names)
}

/// The numbered objects of a folder.
fn numbers(lake: &LakeStorage, folder: &str) -> Result<BTreeMap<String, u64>, LoadError> {
    let names = lake_files::below(lake, folder)?.into_iter();
    Ok(names.filter_map(|name| Some((commit::seq_of(&name)?, name))).map(|(seq, name)| (name, seq)).collect())
}

/// A damaged object is a finding; a store that refuses, or a newer format, ends the verification.
fn damaged(object: &str, error: LoadError, findings: &mut Findings) -> Result<(), LoadError> {
    match error {
        LoadError::Damaged { source, .. } => {
            findings.add(FindingKind::CommitDamaged, object, source.to_string(), Remedy::Restore);
            Ok(())
        }
        other => Err(other),
    }
}
