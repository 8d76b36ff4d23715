//! What manifests say of the rows of files, held against the rows: a file that is passed over in error loses rows in silence.

use std::hash::Hasher;

use serde::Serialize;
use twox_hash::XxHash64;

use crate::LoadError;
use crate::snapshot::{FileSummary, SummaryColumns};
use crate::table::expected_file::OnNewer;
use crate::table::layout::TableLayout;
use crate::verify::finding::{FindingKind, Remedy};
use crate::verify::tables::Tables;

/// A file's summary, as hashes of its parts: of many files they are held at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SummaryHashes {
    groups: Option<u64>,
    scopes: Option<u64>,
    instants: Option<u64>,
    nulls: Option<u64>,
}

impl SummaryHashes {
    pub(crate) fn of(summary: &FileSummary) -> Self {
        let FileSummary { instants, nulls, scopes, groups } = summary;
        Self {
            groups: hash(groups.as_ref()),
            scopes: hash(scopes.as_ref()),
            instants: hash(instants.as_ref()),
            nulls: hash(nulls.as_ref()),
        }
    }
}

/// Holds what manifests say of a table's files that are as they name them against what was read.
pub(crate) fn check(tables: &mut Tables<'_>, layout: &TableLayout) -> Result<(), LoadError> {
    let (lake, pipeline, history) = (tables.lake, tables.pipeline, tables.history);
    let Some(head) = &history.named_by else { return Ok(()) };
    let Some(snapshot) = head.snapshot(lake, pipeline, &layout.name, OnNewer::Refuse) else { return Ok(()) };
    let columns = SummaryColumns::of(layout);
    let Tables { summaries, findings, .. } = tables;
    let read = snapshot.each_manifest(|manifest| {
        let is_of_these = manifest.columns == columns;
        for entry in manifest.files {
            let name = entry.name(&layout.name, pipeline);
            let Some(is) = summaries.remove(&name) else { continue };
            let said = SummaryHashes::of(&entry.summary);
            let differ = |said: Option<u64>, is: Option<u64>| said.is_some() && said != is;
            let differs_in = [
                ("groups", is_of_these && differ(said.groups, is.groups)),
                ("rows by scope", is_of_these && differ(said.scopes, is.scopes)),
                ("instants", differ(said.instants, is.instants)),
                ("rows without an instant", differ(said.nulls, is.nulls)),
            ];
            let differs_in: Vec<&str> =
                differs_in.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| what).collect();
            if !differs_in.is_empty() {
                let detail = format!("commit {} says otherwise of its {}", head.seq, differs_in.join(", "));
                findings.add(FindingKind::SummaryWrong, name, detail, Remedy::Replay);
            }
        }
        Ok(())
    });
    match read {
        // A run has committed since; then nothing of this counts.
        Err(LoadError::Overtaken { .. }) => Ok(()),
        other => other,
    }
}

fn hash(part: Option<&impl Serialize>) -> Option<u64> {
    let mut hasher = XxHash64::with_seed(0);
    hasher.write(&serde_json::to_vec(part?).ok()?);
    Some(hasher.finish())
}
