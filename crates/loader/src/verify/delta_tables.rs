//! The Delta tables of a pipeline, held against its newest commit.

use crate::delta::{FlawKind, inspect};
use crate::publish::commit::Commit;
use crate::storage::LakeStorage;
use crate::verify::finding::{Finding, FindingKind, Findings, Remedy};
use crate::verify::lake_files;
use crate::{LoadError, paths};

/// Adds what is wrong. A lake without such tables costs one listing.
pub(crate) fn check(
    lake: &LakeStorage,
    pipeline: &str,
    commit: Option<&Commit>,
    findings: &mut Findings,
) -> Result<(), LoadError> {
    let Some(commit) = commit.filter(|commit| commit.names_files()) else { return Ok(()) };
    let published = lake_files::entries(lake, paths::DELTA)?;
    for table in commit.tables.keys().filter(|table| published.contains(table)) {
        let flaws = match inspect(lake, table, pipeline, commit) {
            // What is wrong with a manifest or a commit is told elsewhere.
            Err(LoadError::NotAsCommitted { .. } | LoadError::Damaged { .. }) => continue,
            flaws => flaws?,
        };
        for flaw in flaws {
            let (kind, remedy) = match flaw.kind {
                FlawKind::Unreadable => (FindingKind::DeltaUnreadable, Remedy::MoveAwayAndPublish),
                FlawKind::Foreign => (FindingKind::DeltaForeign, Remedy::PublishAnew),
                FlawKind::Behind => (FindingKind::DeltaBehind, Remedy::Publish),
                FlawKind::Ahead => (FindingKind::DeltaBehind, Remedy::PublishAnew),
                FlawKind::Doubled => (FindingKind::DeltaDoubled, Remedy::PublishAnew),
                FlawKind::Missing => (FindingKind::FileMissing, Remedy::PublishAnew),
                FlawKind::Changed => (FindingKind::FileChanged, Remedy::PublishAnew),
            };
            findings.push(Finding { kind, place: flaw.place, detail: flaw.detail, remedy });
        }
    }
    Ok(())
}
