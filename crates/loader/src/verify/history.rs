//! What the commits and intents of a pipeline say.

use std::collections::{BTreeMap, BTreeSet};

use crate::publish::commit;
use crate::publish::commit::{Commit, CommittedFile, CommittedTable, FORMAT_VERSION};
use crate::publish::intent::Intent;
use crate::snapshot::FileEntry;
use crate::storage::blocking::block_on;
use crate::storage::{LakeStorage, seal};
use crate::table::expected_file::OnNewer;
use crate::table::place::{partition_name, plain_name};
use crate::verify::archives;
use crate::verify::archives::Archives;
use crate::verify::finding::{FindingKind, Findings, Remedy};
use crate::verify::lake_files;
use crate::{LoadError, paths};

/// What the commits of a pipeline say, all together.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The newest commit's number; 0 before the first.
    pub(crate) head: u64,
    /// The file of each partition as the newest commit names it, with the number of the commit that wrote it, by the name of the partition
    /// (see [`partition_name`]). Where the newest commit names no files, or its manifests do not read: as the newest commit that changed
    /// it wrote it.
    pub(crate) files: BTreeMap<String, (CommittedFile, u64)>,
    /// The newest commit, where its manifests were read.
    pub(crate) named_by: Option<Commit>,
    /// The file of each partition as an open intent is about to make it, by the name of the partition.
    pub(crate) pending: BTreeMap<String, CommittedFile>,
    /// The files that open intents remove.
    pub(crate) going: BTreeSet<String>,
    /// The tables, as the newest commit knows them.
    pub(crate) tables: BTreeMap<String, CommittedTable>,
    /// The tables that earlier commits know with another schema: rows of theirs may stand as a later page gave them, though an earlier
    /// one would have given the same under the schema of today.
    pub(crate) grown: BTreeSet<String>,
    /// The open intents whose commit is there, and of which nothing is left to do: the store did not let go of them.
    pub(crate) void_intents: u64,
    /// False where nobody knows all files: a commit is not there or does not read, and the newest one names none.
    pub(crate) is_whole: bool,
    /// The runs that committed.
    pub(crate) runs: BTreeSet<String>,
}

impl History {
    /// What is known of the file of this name, if it is the file of its partition, and the number of the commit that wrote it.
    pub(crate) fn file(&self, name: &str) -> Option<&(CommittedFile, u64)> {
        self.files.get(&partition_name(name)).filter(|(file, _)| file.path == name)
    }

    /// True for a file that an open intent makes or removes: it may be at any of its steps.
    pub(crate) fn is_on_its_way(&self, name: &str) -> bool {
        let makes = self.pending.get(&partition_name(name)).is_some_and(|file| file.path == name);
        makes || self.going.contains(name)
    }

    /// The files of the plain tree or the Delta tree that the newest commit names of a table, by the names of their partitions.
    pub(crate) fn files_of(
        &self,
        table: &str,
        pipeline: &str,
    ) -> impl Iterator<Item = (&str, &(CommittedFile, u64))> {
        let folder = format!("{}/", paths::table(table, pipeline));
        let of_table = self.files.iter().filter(move |(partition, _)| partition.starts_with(&folder));
        of_table.map(|(partition, file)| (partition.as_str(), file))
    }

    /// Reads all commits and intents, and looks whether they are dense, whole and in line.
    pub(crate) fn read(
        lake: &LakeStorage,
        pipeline: &str,
        findings: &mut Findings,
    ) -> Result<Self, LoadError> {
        let mut history = Self { is_whole: true, ..Self::default() };
        let mut numbers: BTreeSet<u64> = numbers(lake, &paths::commits(pipeline))?.into_values().collect();
        let mut archives = Archives::list(lake, pipeline, findings)?;
        numbers.extend(archives.numbers());
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
                Ok(None) => archives.read(&object, seq),
                read => read,
            };
            let commit = match commit {
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
            history.add(pipeline, &commit);
            before = Some(commit);
        }
        if let Some(head) = &before {
            archives::check(lake, head, findings)?;
        }
        if let Some(head) = before.filter(Commit::names_files) {
            history.read_manifests(lake, pipeline, head, findings)?;
        }
        history.read_intents(lake, pipeline, findings)?;
        Ok(history)
    }

    /// Takes the files that the newest commit names for all there are.
    fn read_manifests(
        &mut self,
        lake: &LakeStorage,
        pipeline: &str,
        head: Commit,
        findings: &mut Findings,
    ) -> Result<(), LoadError> {
        let (mut named, mut are_read) = (BTreeMap::new(), true);
        for table in head.tables.keys() {
            let snapshot = head.snapshot(lake, pipeline, table, OnNewer::Refuse);
            let read = snapshot.map_or(Ok(()), |snapshot| {
                snapshot.each_manifest(|manifest| {
                    for entry in manifest.files {
                        let path = entry.name(table, pipeline);
                        let FileEntry { partition, rows, bytes, sha256, .. } = entry;
                        let file = CommittedFile { path, rows, bytes, sha256 };
                        named.insert(plain_name(table, pipeline, partition), file);
                    }
                    Ok(())
                })
            });
            let detail = match read {
                Ok(()) => continue,
                Err(LoadError::NotAsCommitted { object, found, .. }) => format!("{object} {found}"),
                Err(LoadError::Damaged { object, source }) => format!("{object}: {source}"),
                // A run commits meanwhile, which makes the answer void.
                Err(LoadError::Overtaken { object }) => format!("{object} is of an earlier commit"),
                Err(other) => return Err(other),
            };
            findings.add(FindingKind::ManifestDamaged, table, detail, Remedy::Replay);
            are_read = false;
        }
        if !are_read {
            return Ok(());
        }
        let mut files = BTreeMap::new();
        for (partition, file) in named {
            let written = self.files.get(&partition);
            if self.is_whole && written.is_some_and(|(written, _)| *written != file) {
                let detail = format!("commit {} names it with another content than was written", head.seq);
                findings.add(FindingKind::ManifestDamaged, file.path.clone(), detail, Remedy::Replay);
            }
            let seq = written.map_or(head.seq, |(_, seq)| *seq);
            files.insert(partition, (file, seq));
        }
        let left_out = self.files.iter().filter(|(partition, _)| !files.contains_key(*partition));
        for (_, (file, _)) in left_out.filter(|_| self.is_whole) {
            let detail = format!("commit {} does not name it, though an earlier one wrote it", head.seq);
            findings.add(FindingKind::ManifestDamaged, file.path.clone(), detail, Remedy::Replay);
        }
        // The newest commit tells all files, whatever became of those before it.
        (self.files, self.is_whole, self.named_by) = (files, true, Some(head));
        Ok(())
    }

    fn add(&mut self, pipeline: &str, commit: &Commit) {
        self.head = commit.seq;
        for (name, table) in &commit.tables {
            if self.tables.get(name).is_some_and(|known| known.partition_by != table.partition_by) {
                // All of it was written anew, in files of other names.
                let folder = format!("{}/", paths::table(name, pipeline));
                self.files.retain(|path, _| !path.starts_with(&folder));
            }
        }
        let is_other = |(name, table): &(&String, &CommittedTable)| {
            self.tables.get(*name).is_some_and(|known| {
                known.schema_hash != table.schema_hash && known.partition_by == table.partition_by
            })
        };
        let grown: Vec<String> =
            commit.tables.iter().filter(is_other).map(|(name, _)| name.clone()).collect();
        self.grown.extend(grown);
        self.tables.clone_from(&commit.tables);
        self.runs.insert(commit.run.clone());
        for file in &commit.files {
            self.files.insert(partition_name(&file.path), (file.clone(), commit.seq));
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
            if self.is_done(lake, pipeline, &intent)? {
                self.void_intents += 1;
                continue;
            }
            let detail = format!("the run {} was interrupted while it published", intent.commit.run);
            findings.add(FindingKind::IntentOpen, object, detail, Remedy::Run);
            let goes = intent.renames.iter().filter(|rename| rename.goes);
            self.going.extend(goes.map(|rename| rename.to.clone()));
            self.going.extend(intent.removes.into_iter().map(|removed| removed.name));
            if intent.seq > self.head {
                let files = intent.commit.files.into_iter();
                self.pending.extend(files.map(|file| (partition_name(&file.path), file)));
            }
        }
        Ok(())
    }

    /// True for an intent whose commit is there, and so is no file that it removes.
    fn is_done(&self, lake: &LakeStorage, pipeline: &str, intent: &Intent) -> Result<bool, LoadError> {
        let commit = match block_on(commit::read(lake, pipeline, intent.seq)) {
            // What does not read is told of as a commit.
            Err(LoadError::Damaged { .. }) => return Ok(false),
            read => read?,
        };
        if commit.is_none_or(|commit| commit.attempt != intent.commit.attempt) {
            return Ok(false);
        }
        let goes = intent.renames.iter().filter(|rename| rename.goes).map(|rename| &rename.to);
        let mut goes = goes.chain(intent.removes.iter().map(|removed| &removed.name));
        let is_left = |name: &String| -> Result<bool, LoadError> {
            Ok(self.file(name).is_none() && block_on(lake.find(name))?.is_some())
        };
        goes.try_fold(true, |is_done, name| Ok(is_done && !is_left(name)?))
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
