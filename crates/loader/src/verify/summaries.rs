//! What manifests say of the rows of files, held against the rows: a file that is passed over in error loses rows in silence.

use std::collections::BTreeSet;

use crate::snapshot::{FileSummary, SummaryColumns};
use crate::table::expected_file::OnNewer;
use crate::table::layout::TableLayout;
use crate::verify::finding::{FindingKind, Remedy};
use crate::verify::lake_files;
use crate::verify::tables::Tables;
use crate::{LoadError, paths};

/// Sums up each of these files that is as its manifest names it, and compares.
pub(crate) fn check(
    tables: &mut Tables<'_>,
    layout: &TableLayout,
    files: &[String],
) -> Result<(), LoadError> {
    let (lake, pipeline, history) = (tables.lake, tables.pipeline, tables.history);
    let Some(head) = &history.named_by else { return Ok(()) };
    let Some(snapshot) = head.snapshot(lake, pipeline, &layout.name, OnNewer::Refuse) else { return Ok(()) };
    let (columns, folder) = (SummaryColumns::of(layout), paths::table(&layout.name, pipeline));
    let files: BTreeSet<&String> = files.iter().collect();
    let mut wrong = Vec::new();
    let read = snapshot.each_manifest(|manifest| {
        let is_of_these = manifest.columns == columns;
        for entry in manifest.files {
            let name = format!("{folder}/{}", entry.partition.file());
            if !files.contains(&name) || tables.changed.contains(&name) {
                continue;
            }
            let said = entry.summary;
            let is = FileSummary::of(layout, lake_files::open(lake, &name)?)?;
            let differs_in = [
                ("groups", is_of_these && differ(said.groups.as_ref(), is.groups.as_ref())),
                ("rows by scope", is_of_these && differ(said.scopes.as_ref(), is.scopes.as_ref())),
                ("instants", differ(said.instants.as_ref(), is.instants.as_ref())),
            ];
            let differs_in: Vec<&str> =
                differs_in.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| what).collect();
            if !differs_in.is_empty() {
                wrong.push((name, differs_in.join(", ")));
            }
        }
        Ok(())
    });
    match read {
        // A run has committed since; then nothing of this counts.
        Err(LoadError::Overtaken { .. }) => {}
        other => other?,
    }
    for (name, differs_in) in wrong {
        let detail = format!("commit {} says otherwise of its {differs_in}", head.seq);
        tables.findings.add(FindingKind::SummaryWrong, name, detail, Remedy::Replay);
    }
    Ok(())
}

/// True where something is said, and it is another.
fn differ<T: PartialEq>(said: Option<&T>, is: Option<&T>) -> bool {
    said.is_some() && said != is
}
