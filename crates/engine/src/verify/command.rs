//! The command: each chosen pipeline in turn, its tables first and then its landed pages.

use std::collections::BTreeSet;
use std::path::Path;

use convolake_loader::{Findings, Lake, Location, VerifyTable};
use convolake_model::{ConfigError, Table};

use crate::memory::MemoryBudget;
use crate::present::no_such_pipeline;
use crate::project::schema_files::NO_FILE;
use crate::verify::comparison::Comparison;
use crate::verify::counts::check_counts;
use crate::verify::notes::{Notes, table_notes, void_notes};
use crate::verify::report::{PipelineReport, VerifyReport};
use crate::verify::scratch::Scratch;
use crate::{EngineError, Event, Outcome, Project, Seams};

/// What to verify.
#[derive(Debug, Clone)]
pub struct VerifyRequest {
    /// Built-in pipelines or paths of some; empty for all that the lake holds.
    pub pipelines: Vec<String>,
    /// Where the lake is.
    pub to: String,
    /// True where the landed pages are not to be flattened once more.
    pub tables_only: bool,
    /// Where it works.
    pub scratch: Scratch,
    /// The memory to do with.
    pub memory_bytes: u64,
}

/// Verifies a lake. Blocks.
///
/// # Errors
/// What keeps it from looking. What is wrong with the lake is in the report.
pub fn verify(request: &VerifyRequest, seams: &Seams) -> Result<VerifyReport, EngineError> {
    let started_at = seams.clock.now();
    let lake = Lake::open_existing(&Location::parse(&request.to)?)?
        .ok_or_else(|| EngineError::NoLake { to: request.to.clone() })?;
    let present = lake.pipelines()?;
    if present.is_empty() {
        return Err(EngineError::NoLake { to: request.to.clone() });
    }
    let mut reports = Vec::new();
    for name in chosen(request, &present) {
        let project = Project::load(&name, &[]).map_err(|error| named(error, &name, &present))?;
        if !present.contains(&project.pipeline.name) {
            return Err(no_such_pipeline(&request.to, &project.pipeline.name, &present));
        }
        let report = verify_pipeline(request, &name, &project, &lake, seams);
        // Also after an error: where a signal took its files away, the signal is what is told.
        request.scratch.remove();
        reports.push(report?);
    }
    let outcome = reports.iter().map(|report| report.outcome).max().unwrap_or(Outcome::Done);
    Ok(VerifyReport {
        version: VerifyReport::VERSION,
        command: "verify",
        lake: request.to.clone(),
        outcome,
        exit_code: outcome.exit_code(),
        seconds: seams.clock.now().duration_since(started_at).as_secs_f64(),
        pipelines: reports,
    })
}

fn chosen(request: &VerifyRequest, present: &BTreeSet<String>) -> Vec<String> {
    match request.pipelines.is_empty() {
        true => present.iter().cloned().collect(),
        false => request.pipelines.clone(),
    }
}

/// A pipeline of the lake that is not built in cannot be verified without its file: nobody else knows its keys.
fn named(error: ConfigError, name: &str, present: &BTreeSet<String>) -> ConfigError {
    // A file that is there and wrong has a hint of its own.
    match present.contains(name) && error.file == NO_FILE {
        true => error.with_hint(Some(format!("the lake holds it; give its file: verify PATH/{name}.yaml"))),
        false => error,
    }
}

fn verify_pipeline(
    request: &VerifyRequest,
    name: &str,
    project: &Project,
    lake: &Lake,
    seams: &Seams,
) -> Result<PipelineReport, EngineError> {
    let memory = MemoryBudget::new(request.memory_bytes, &request.to)?;
    let scratch = request.scratch.open().map_err(failed(&std::env::temp_dir()))?;
    let pipeline = project.pipeline.name.as_str();
    seams.observer.on(&Event::Verifying { pipeline, what: "commits and tables" });
    let hashes = scratch.join("hashes");
    std::fs::create_dir(&hashes).map_err(failed(&hashes))?;
    let tables = tables(project);
    let verification = lake.verify(pipeline, &tables, &hashes, memory.hash_bytes())?;
    let mut findings = Findings::default();
    let mut notes = Notes::default();
    table_notes(pipeline, &tables, verification.tables(), verification.tables_left_out(), &mut notes);
    void_notes(pipeline, verification.void_intents(), &mut notes);
    check_counts(lake, project, memory, &mut findings)?;
    let comparison = Comparison { project, lake, verification: &verification, scratch: &scratch, seams };
    if !request.tables_only && verification.landed_pages() > 0 {
        seams.observer.on(&Event::Verifying { pipeline, what: "landed pages against tables" });
        comparison.compare(memory, &mut findings, &mut notes)?;
    }
    let Some(of_tables) = verification.findings()? else {
        notes.add("a run committed meanwhile, so nothing of this counts: verify again".to_owned());
        return Ok(PipelineReport::new(&verification, project, notes.into_vec(), Outcome::Busy));
    };
    let mut all = of_tables.clone();
    all.append(findings);
    match lake.verify_derived(pipeline)? {
        Some(of_derived) => all.append(of_derived),
        None => {
            notes.add("derived tables were built meanwhile, and were not looked at: verify again".to_owned())
        }
    }
    let outcome = if all.is_empty() { Outcome::Done } else { Outcome::Failed };
    let mut report = PipelineReport::new(&verification, project, notes.into_vec(), outcome);
    report.add(&all, name, &request.to);
    Ok(report)
}

/// The pipeline's tables. A row certainly has its parents where one stream's records fill both tables.
fn tables(project: &Project) -> Vec<VerifyTable> {
    let filled_with = |table: &str| -> BTreeSet<String> {
        let schema = project
            .schemas
            .values()
            .find(|schema| schema.mappings.iter().any(|mapping| mapping.table == table));
        schema.into_iter().flat_map(|schema| &schema.mappings).map(|mapping| mapping.table.clone()).collect()
    };
    let table = |(name, table): (&String, &Table)| VerifyTable {
        table: table.clone(),
        certain_parents: filled_with(name),
    };
    project.tables.iter().map(table).collect()
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> EngineError {
    let path = path.to_owned();
    move |source| EngineError::Scratch { path, source }
}
