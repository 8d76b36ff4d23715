//! The archives that the newest commit names, and the commits in them.

use std::collections::BTreeSet;

use crate::LoadError;
use crate::archive::ArchiveFolder;
use crate::publish::commit;
use crate::publish::commit::Commit;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::storage::digest::sha256;
use crate::verify::finding::{FindingKind, Findings, Remedy};
use crate::verify::lake_files;

/// Commits that were archived.
#[derive(Debug)]
pub(crate) struct Archives {
    folder: ArchiveFolder,
    numbers: BTreeSet<u64>,
}

impl Archives {
    /// An archive that does not read is a finding.
    pub(crate) fn list(
        lake: &LakeStorage,
        pipeline: &str,
        findings: &mut Findings,
    ) -> Result<Self, LoadError> {
        let mut folder = block_on(ArchiveFolder::list(lake, pipeline, "commits"))?;
        let mut numbers = BTreeSet::new();
        let add = |names: Vec<String>| {
            numbers.extend(names.iter().filter_map(|name| commit::seq_of(name)));
            true
        };
        if let Err(error) = block_on(folder.each_names(add)) {
            damaged(error, findings)?;
        }
        Ok(Self { folder, numbers })
    }

    pub(crate) fn numbers(&self) -> &BTreeSet<u64> {
        &self.numbers
    }

    pub(crate) fn read(&mut self, object: &str, seq: u64) -> Result<Option<Commit>, LoadError> {
        match block_on(self.folder.read(object))? {
            Some(bytes) => commit::open(object, &bytes, seq).map(Some),
            None => Ok(None),
        }
    }
}

/// Holds the archives that a commit names against those that are there.
pub(crate) fn check(lake: &LakeStorage, head: &Commit, findings: &mut Findings) -> Result<(), LoadError> {
    for archive in &head.archives {
        let detail = match lake_files::object(lake, &archive.name)? {
            None => "it is not there",
            Some(content) if sha256(&content) != archive.sha256 => "it is another than the one that was made",
            Some(_) => continue,
        };
        let detail = format!("commit {} names it, and {detail}", head.seq);
        findings.add(FindingKind::ArchiveDamaged, archive.name.clone(), detail, Remedy::Restore);
    }
    Ok(())
}

fn damaged(error: LoadError, findings: &mut Findings) -> Result<(), LoadError> {
    match error {
        LoadError::Damaged { object, source } => {
            findings.add(FindingKind::ArchiveDamaged, object, source.to_string(), Remedy::Restore);
            Ok(())
        }
        other => Err(other),
    }
}
