//! The files of a source's derived tables, held against the newest commit of theirs.

use std::collections::BTreeMap;

use crate::publish::commit;
use crate::snapshot::FileEntry;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::storage::digest::ContentDigest;
use crate::table::expected_file::{OnNewer, content};
use crate::verify::finding::{FindingKind, Findings, Remedy};
use crate::verify::{history, lake_files};
use crate::{LoadError, paths};

/// How often a look that a build has overtaken is begun anew.
const MAX_TRIES: u32 = 3;

/// Holds the files of derived tables against what their newest commit says: all of them are there, byte for byte, and no other lies beside
/// them. `None` where builds committed meanwhile, so that nothing of it counts.
///
/// # Errors
/// The store's refusal; a lake of a newer convolake.
pub(crate) fn verify_derived(lake: &LakeStorage, source: &str) -> Result<Option<Findings>, LoadError> {
    let state = paths::derived_state(paths::name("the pipeline", source)?);
    for _ in 0..MAX_TRIES {
        let marks = history::marks(lake, &state)?;
        let findings = match look(lake, source, &state) {
            Err(LoadError::Overtaken { .. }) => continue,
            Err(LoadError::Damaged { object, source: cause }) => {
                let mut findings = Findings::default();
                let detail = format!("{object}: {cause}");
                let place = paths::state(&state);
                findings.add(FindingKind::CommitDamaged, place, detail, Remedy::MoveAwayAndDerive);
                findings
            }
            other => other?,
        };
        if history::marks(lake, &state)? == marks {
            return Ok(Some(findings));
        }
    }
    Ok(None)
}

fn look(lake: &LakeStorage, source: &str, state: &str) -> Result<Findings, LoadError> {
    let mut findings = Findings::default();
    let intents = lake_files::below(lake, &paths::intents(state))?;
    if let Some(intent) = intents.into_iter().find(|name| paths::json_stem(name).is_some()) {
        // Files may be at any step of it.
        let detail = "a build of derived tables was interrupted while it published";
        findings.add(FindingKind::IntentOpen, intent, detail, Remedy::Derive);
        return Ok(findings);
    }
    let Some(head) = block_on(commit::head(lake, state))? else { return Ok(findings) };
    for table in head.tables.keys() {
        let folder = paths::derived_table(paths::name("the derived table", table)?, source);
        let mut named: BTreeMap<String, FileEntry> = BTreeMap::new();
        if let Some(snapshot) = head.snapshot(lake, state, table, OnNewer::Follow) {
            snapshot.each_manifest(|manifest| {
                let entry = |entry: FileEntry| (format!("{folder}/{}", entry.partition.file()), entry);
                named.extend(manifest.files.into_iter().map(entry));
                Ok(())
            })?;
        }
        let there = lake_files::below(lake, &folder)?;
        for unknown in there.iter().filter(|name| name.ends_with(".parquet") && !named.contains_key(*name)) {
            let detail = format!("commit {} of derived tables names no such file", head.seq);
            findings.add(FindingKind::FileUnknown, unknown, detail, Remedy::MoveAway);
        }
        for (name, entry) in named {
            match there.contains(&name) {
                true => check(lake, &name, &entry, head.seq, &mut findings)?,
                false => {
                    let detail = format!("commit {} of derived tables names it", head.seq);
                    findings.add(FindingKind::FileMissing, name, detail, Remedy::Derive);
                }
            }
        }
    }
    Ok(findings)
}

/// Reads a file to its end.
fn check(
    lake: &LakeStorage,
    name: &str,
    entry: &FileEntry,
    seq: u64,
    findings: &mut Findings,
) -> Result<(), LoadError> {
    let ContentDigest { n_bytes, sha256 } = content(&lake_files::file(lake, name)?)?;
    if (n_bytes, &sha256) != (entry.bytes, &entry.sha256) {
        let first = |sha256: &str| sha256.get(..12).unwrap_or_default().to_owned();
        let is = format!("it has {n_bytes} bytes and the SHA-256 {}", first(&sha256));
        let was =
            format!("commit {seq} of derived tables names {} bytes, {}", entry.bytes, first(&entry.sha256));
        findings.add(FindingKind::FileChanged, name, format!("{is}; {was}"), Remedy::Derive);
    }
    Ok(())
}
