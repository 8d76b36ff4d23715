//! The report of `verify`.

use std::collections::BTreeMap;

use convolake_loader::{Finding, FindingKind, Findings, Remedy, Verification};
use serde::Serialize;

use crate::{Outcome, Project};

/// What came of a verification.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerifyReport {
    /// The version of this document.
    pub version: u32,
    /// `verify`.
    pub command: &'static str,
    /// The lake, as it was given.
    pub lake: String,
    /// Done, failed where anything is wrong, or busy where a run committed meanwhile.
    pub outcome: Outcome,
    /// The exit code that stands for the outcome.
    pub exit_code: u8,
    /// How long it took.
    pub seconds: f64,
    /// What was looked at.
    pub pipelines: Vec<PipelineReport>,
}

/// A pipeline's part of the lake.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PipelineReport {
    /// The pipeline.
    pub pipeline: String,
    /// As of the whole.
    pub outcome: Outcome,
    /// The newest commit's number; 0 before the first.
    pub commit: u64,
    /// What stands in the tables.
    pub tables: BTreeMap<String, VerifiedTableReport>,
    /// Pages in the raw zone.
    pub landed_pages: u64,
    /// Records in quarantine.
    pub quarantined_records: u64,
    /// How many of each kind of fault there are.
    pub counts: BTreeMap<FindingKind, u64>,
    /// The first of each kind.
    pub findings: Vec<FindingReport>,
    /// What is no fault, and worth knowing.
    pub notes: Vec<String>,
}

/// What stands in a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifiedTableReport {
    /// Its files.
    pub files: u64,
    /// Its rows.
    pub rows: u64,
    /// The size of its files.
    pub bytes: u64,
    /// Rows of flattened files, for which no landed page answers.
    pub rows_of_files: u64,
    /// Rows whose parent is not there, by the parents' table.
    pub rows_without_parent: BTreeMap<String, u64>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingReport {
    /// What.
    pub kind: FindingKind,
    /// The file, object or page.
    pub place: String,
    /// What exactly.
    pub detail: String,
    /// What to do.
    pub remedy: String,
}

impl VerifyReport {
    /// The version of the document.
    pub const VERSION: u32 = 1;
}

impl PipelineReport {
    pub(crate) fn new(
        verification: &Verification,
        project: &Project,
        notes: Vec<String>,
        outcome: Outcome,
    ) -> Self {
        let tables = verification.tables().iter().map(|(name, table)| {
            let table = VerifiedTableReport {
                files: table.files,
                rows: table.rows,
                bytes: table.bytes,
                rows_of_files: table.rows_of_files,
                rows_without_parent: table.rows_without_parent.clone(),
            };
            (name.clone(), table)
        });
        Self {
            pipeline: project.pipeline.name.clone(),
            outcome,
            commit: verification.head(),
            tables: tables.collect(),
            landed_pages: verification.landed_pages(),
            quarantined_records: verification.quarantined_records(),
            counts: BTreeMap::new(),
            findings: Vec::new(),
            notes,
        }
    }

    /// Adds what was found wrong. `name` and `to` are what the next command takes.
    pub(crate) fn add(&mut self, findings: &Findings, name: &str, to: &str) {
        self.counts.clone_from(&findings.counts);
        let report = |finding: &Finding| FindingReport {
            kind: finding.kind,
            place: finding.place.clone(),
            detail: finding.detail.clone(),
            remedy: remedy(finding, name, to),
        };
        self.findings = findings.first.iter().map(report).collect();
        let is_there = |kind| findings.counts.contains_key(&kind);
        if is_there(FindingKind::PageMissing) || is_there(FindingKind::PageUnreadable) {
            self.notes.push(
                "landed pages are lost: restore them; until then a replay is refused, or with --allow-missing keeps their rows as they are"
                    .to_owned(),
            );
        }
        if is_there(FindingKind::SchemaChanged) {
            self.notes.push(format!(
                "the tables were held against those of {name}; where the lake was made with a file of your own, give that file: verify FILE"
            ));
        }
    }
}

fn remedy(finding: &Finding, name: &str, to: &str) -> String {
    let place = &finding.place;
    match finding.remedy {
        Remedy::Replay => format!("convolake replay {name} --to {to}"),
        Remedy::MoveAwayAndReplay => {
            format!("move {place} out of the lake, then: convolake replay {name} --to {to}")
        }
        Remedy::MoveAway => format!("move {place} out of the lake"),
        Remedy::Run => format!("convolake run {name} --to {to} (with its params) brings it to its end"),
        Remedy::Derive => format!("convolake mart --to {to} --source {name} --anew"),
        Remedy::MoveAwayAndDerive => {
            format!("move {place} out of the lake, then: convolake mart --to {to} --source {name} --anew")
        }
        Remedy::Publish => format!("convolake publish --to {to}"),
        Remedy::PublishAnew => format!("convolake publish --to {to} --rebuild"),
        Remedy::MoveAwayAndPublish => {
            format!(
                "move the folder _delta_log of the table below delta/ out of the lake, then: convolake publish --to {to}"
            )
        }
        Remedy::Restore => "restore it from a copy of the lake".to_owned(),
    }
}
