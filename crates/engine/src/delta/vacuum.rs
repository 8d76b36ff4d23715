//! The command: files of the Delta tree that no reader needs any more are removed.

use std::collections::BTreeMap;

use convolake_loader::Vacuumed;
use jiff::SignedDuration;
use serde::Serialize;

use crate::present::Present;
use crate::{EngineError, Outcome, RunId, Seams, with_causes};

/// What to clear.
#[derive(Debug, Clone)]
pub struct VacuumRequest {
    /// Where the lake is.
    pub to: String,
    /// How long files stay that are of no table any more.
    pub kept_for: SignedDuration,
    /// True where it is only told what would be removed.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LakeVacuumReport {
    /// The version of this document.
    pub version: u32,
    /// `vacuum`.
    pub command: &'static str,
    /// The lake, as it was given.
    pub lake: String,
    /// True where nothing was removed.
    pub dry_run: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// The exit code that stands for the outcome.
    pub exit_code: u8,
    /// How long it took.
    pub seconds: f64,
    /// What was removed, or would be, by table.
    pub tables: BTreeMap<String, Vacuumed>,
    /// Tables that were left as they are, and why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, String>,
}

impl LakeVacuumReport {
    const VERSION: u32 = 1;
}

/// Clears. Blocks.
///
/// # Errors
/// That there is no lake, that it cannot be looked at, or that a run holds a lease. What goes wrong with a table is in the report.
pub fn vacuum(request: &VacuumRequest, seams: &Seams) -> Result<LakeVacuumReport, EngineError> {
    let started_at = seams.clock.now();
    let present = Present::open(&request.to, &[])?;
    let lake = &present.lake;
    // What is only told is told beside a run that goes on, too.
    let leases = match request.dry_run {
        true => Vec::new(),
        false => present.leases(&RunId::new(started_at, seams.entropy), started_at)?,
    };
    let (mut tables, mut errors) = (BTreeMap::new(), BTreeMap::new());
    let mut outcome = Outcome::Done;
    for table in lake.delta_tables()? {
        let done = match request.dry_run {
            true => lake.vacuum_due(&table, &present.pipelines, started_at, request.kept_for),
            false => lake.vacuum_delta(&table, &leases, started_at, request.kept_for),
        };
        match done {
            Ok(done) => {
                tables.insert(table, done);
            }
            Err(error) => {
                let error = EngineError::from(error);
                outcome = outcome.max(error.outcome());
                errors.insert(table, with_causes(&error, ": "));
            }
        }
    }
    Ok(LakeVacuumReport {
        version: LakeVacuumReport::VERSION,
        command: "vacuum",
        lake: request.to.clone(),
        dry_run: request.dry_run,
        outcome,
        exit_code: outcome.exit_code(),
        seconds: seams.clock.now().duration_since(started_at).as_secs_f64(),
        tables,
        errors,
    })
}
