//! `verify`: the lake held against what it promises. Nothing in it is changed, and no lease is taken.

mod rebuild;
mod report;

use std::collections::BTreeSet;

use convolake_loader::Findings;
use convolake_loader::Lake;
use convolake_loader::Location;
use convolake_loader::Verification;
use convolake_loader::VerifyTable;
use convolake_model::ConfigError;

pub use crate::verify::report::{FindingReport, PipelineReport, VerifiedTableReport, VerifyReport};

use crate::verify::rebuild::Rebuild;
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
    /// The memory to do with.
    pub memory_bytes: u64,
}

/// Hashes of keys have one of so many parts of the memory; the rest is for the files that are read.
const HASH_SHARE: u64 = 4;

/// Looks whether a lake is as it should be. Blocks.
///
/// # Errors
/// What keeps it from looking. What is wrong with the lake is in the report.
pub fn verify(request: &VerifyRequest, seams: &Seams) -> Result<VerifyReport, EngineError> {
    let started_at = seams.clock.now();
    let nothing = |message: &str| ConfigError::new(&request.to, 0, message);
    let lake = Lake::open_existing(&Location::parse(&request.to)?)?
        .ok_or_else(|| nothing("there is no lake here"))?;
    let present = lake.pipelines()?;
    if present.is_empty() {
        return Err(nothing("no pipeline has written here").into());
    }
    let mut reports = Vec::new();
    for name in chosen(request, &present) {
        let project = Project::load(&name, &[]).map_err(|error| named(error, &name, &present))?;
        if !present.contains(&project.pipeline.name) {
            let known: Vec<&str> = present.iter().map(String::as_str).collect();
            return Err(nothing(&format!(
                "the lake holds nothing of the pipeline {}",
                project.pipeline.name
            ))
            .with_hint(Some(format!("it holds: {}", known.join(", "))))
            .into());
        }
        reports.push(of_pipeline(request, &name, &project, &lake, seams)?);
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
    match present.contains(name) {
        true => error.with_hint(Some(format!("the lake holds it; give its file: verify PATH/{name}.yaml"))),
        false => error,
    }
}

fn of_pipeline(
    request: &VerifyRequest,
    name: &str,
    project: &Project,
    lake: &Lake,
    seams: &Seams,
) -> Result<PipelineReport, EngineError> {
    let scratch =
        tempfile::tempdir().map_err(|source| EngineError::ReadFile { path: std::env::temp_dir(), source })?;
    let pipeline = project.pipeline.name.as_str();
    seams.observer.on(&Event::Verifying { pipeline, what: "commits and tables" });
    let hash_bytes = usize::try_from(request.memory_bytes / HASH_SHARE).unwrap_or(usize::MAX);
    let hashes = scratch.path().join("hashes");
    std::fs::create_dir(&hashes).map_err(|source| EngineError::ReadFile { path: hashes.clone(), source })?;
    let verification = lake.verify(pipeline, &tables(project), &hashes, hash_bytes)?;
    let mut findings = Findings::default();
    let mut notes = notes(project, &verification);
    let rebuild = Rebuild { project, lake, verification: &verification, scratch: scratch.path(), seams };
    if !request.tables_only && verification.landed_pages() > 0 {
        seams.observer.on(&Event::Verifying { pipeline, what: "landed pages against tables" });
        rebuild.compare(request.memory_bytes, &mut findings, &mut notes)?;
    }
    let Some(of_tables) = verification.findings()? else {
        notes.push("a run committed meanwhile, so nothing of this counts: verify again".to_owned());
        return Ok(PipelineReport::new(&verification, project, notes, Outcome::Busy));
    };
    let mut all = of_tables.clone();
    all.append(findings);
    let outcome = if all.is_empty() { Outcome::Done } else { Outcome::Failed };
    let mut report = PipelineReport::new(&verification, project, notes, outcome);
    report.add(&all, name, &request.to);
    Ok(report)
}

/// The pipeline's tables, and of which tables their rows surely have a parent: those that one stream's records fill.
fn tables(project: &Project) -> Vec<VerifyTable> {
    let fed_with = |table: &str| -> BTreeSet<String> {
        let schema = project
            .schemas
            .values()
            .find(|schema| schema.mappings.iter().any(|mapping| mapping.table == table));
        schema.into_iter().flat_map(|schema| &schema.mappings).map(|mapping| mapping.table.clone()).collect()
    };
    let table = |(name, table): (&String, &convolake_model::Table)| VerifyTable {
        table: table.clone(),
        certain_parents: fed_with(name),
    };
    project.tables.iter().map(table).collect()
}

fn notes(project: &Project, verification: &Verification) -> Vec<String> {
    let mut notes = Vec::new();
    for table in verification.tables_left_out() {
        notes.push(format!(
            "the table {table} is in the lake, and the pipeline {} no longer feeds it: its rows were not looked at",
            project.pipeline.name
        ));
    }
    for (name, table) in verification.tables() {
        if table.rows_of_files > 0 {
            notes.push(format!(
                "{} rows of {name} come from flattened files: no landed page answers for them, and a replay would not bring them back",
                table.rows_of_files
            ));
        }
        for (parent, rows) in &table.rows_without_parent {
            let is_certain = tables(project)
                .iter()
                .any(|table| table.table.name == *name && table.certain_parents.contains(parent));
            if !is_certain {
                notes.push(format!(
                    "{rows} rows of {name} refer to {parent} that the source has not given; the two come from different streams"
                ));
            }
        }
    }
    notes
}
