use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use convolake_loader::Finding;
use convolake_loader::FindingKind;
use convolake_loader::Findings;
use convolake_loader::Lake;
use convolake_loader::LeaseHolder;
use convolake_loader::Load;
use convolake_loader::LoadMode;
use convolake_loader::Location;
use convolake_loader::Remedy;
use convolake_loader::Verification;

use crate::ingest::LandedPages;
use crate::ingest::Workers;
use crate::session::load_memory;
use crate::{EngineError, Event, Observer, Project, RunId, Seams};

/// The tables made once more of the landed pages, beside the lake, to be compared with it.
pub(crate) struct Rebuild<'a> {
    pub(crate) project: &'a Project,
    pub(crate) lake: &'a Lake,
    pub(crate) verification: &'a Verification,
    pub(crate) scratch: &'a Path,
    pub(crate) seams: &'a Seams,
}

impl Rebuild<'_> {
    /// Tells what landed pages give and the tables lack, and what they have that no page gives.
    pub(crate) fn compare(
        &self,
        memory_bytes: u64,
        findings: &mut Findings,
        notes: &mut Vec<String>,
    ) -> Result<(), EngineError> {
        let all = self.differences("all", &BTreeSet::new(), memory_bytes, notes)?;
        let waiting = self.verification.runs_waiting();
        if all.is_empty() || waiting.is_empty() {
            findings.append(all);
            return Ok(());
        }
        // A run that was killed has landed pages and merged none of them. They are no fault: the next run has them, or
        // pulls them again. What is left without them is one.
        let differences = self.differences("merged", &waiting, memory_bytes, notes)?;
        notes.push(format!(
            "what {} interrupted runs landed last is not merged yet; the next run, or a replay, does so",
            waiting.len()
        ));
        findings.append(differences);
        Ok(())
    }

    /// Rebuilds without the pages of some runs, and compares.
    fn differences(
        &self,
        name: &str,
        without_runs: &BTreeSet<String>,
        memory_bytes: u64,
        notes: &mut Vec<String>,
    ) -> Result<Findings, EngineError> {
        let mut findings = Findings::default();
        let folder = self.scratch.join(name);
        let rebuilt = Lake::open(&Location::Folder(folder.clone()))?;
        let (streams, staged) = self.rebuild(&rebuilt, without_runs, memory_bytes, &mut findings)?;
        if findings.is_empty() {
            let schemas = streams.iter().filter_map(|stream| self.project.schemas.get(stream));
            for mapping in schemas.flat_map(|schema| &schema.mappings) {
                let Some(table) = self.project.tables.get(&mapping.table) else { continue };
                match self.verification.is_comparable(&table.name) {
                    true => findings.append(self.verification.compare(&rebuilt, &staged, table)?),
                    false => note(
                        notes,
                        format!(
                            "the rows of {} were not held against the landed pages: its files do not read, or not in order",
                            table.name
                        ),
                    ),
                }
            }
            findings.append(self.verification.compare_quarantine(&rebuilt)?);
            let has_rows_of_files = self.verification.tables().values().any(|table| table.rows_of_files > 0);
            if has_rows_of_files {
                // A flattened file may hold a newer version of a conversation, without some of its rows.
                let missing = findings.take(FindingKind::RowMissing);
                if missing > 0 {
                    note(
                        notes,
                        format!(
                            "{missing} rows that landed pages give are not there: files were flattened into the same tables, and what came later counts"
                        ),
                    );
                }
            }
        } else {
            note(
                notes,
                "the rows were not held against the landed pages, of which some do not read".to_owned(),
            );
        }
        std::fs::remove_dir_all(&folder).map_err(|source| EngineError::ReadFile { path: folder, source })?;
        Ok(findings)
    }

    /// Makes the table files of the landed pages, and gives the streams these are of and where the files are staged.
    fn rebuild(
        &self,
        rebuilt: &Lake,
        without_runs: &BTreeSet<String>,
        memory_bytes: u64,
        findings: &mut Findings,
    ) -> Result<(BTreeSet<String>, BTreeMap<String, String>), EngineError> {
        let pipeline = self.project.pipeline.name.as_str();
        let run = RunId::new(self.seams.clock.now(), self.seams.entropy);
        let holder =
            LeaseHolder { run: run.to_string(), pid: std::process::id(), since: self.seams.clock.now() };
        let lease = rebuilt.lease(pipeline, &holder)?;
        let pages = self.lake.raw().pages(pipeline)?;
        let streams = pages.streams();
        let tables = self.project.load_tables(streams.iter().map(String::as_str));
        let buckets = tables.iter().find_map(|table| self.verification.buckets(&table.table.name));
        let buckets = buckets.unwrap_or(self.project.pipeline.buckets);
        let memory = load_memory(memory_bytes);
        let load = Load::begin(rebuilt, &lease, run.as_str(), &tables, LoadMode::Merge, memory, buckets)?;
        let quarantine = rebuilt.quarantine(pipeline, run.as_str())?;
        let nobody: Arc<dyn Observer> = Arc::new(Nobody);
        let workers = Workers::start(load, quarantine, &nobody);
        let jobs = workers.sender();
        let mut landed_pages = LandedPages::new(self.project);
        for landed in pages {
            let landed = match landed {
                Ok(landed) => landed,
                Err(error) => {
                    let detail = crate::with_causes(error.source.as_ref(), ": ");
                    let (kind, remedy) = (FindingKind::PageUnreadable, Remedy::Restore);
                    findings.push(Finding { kind, place: error.object, detail, remedy });
                    continue;
                }
            };
            if without_runs.contains(&landed.page.run) {
                continue;
            }
            if let Some((job, _)) = landed_pages.job(landed)?
                && !jobs.blocking_send(job)
            {
                break;
            }
        }
        drop(jobs);
        let (load, quarantine) = workers.finish()?;
        quarantine.finish()?;
        Ok((streams, load.stage_only()?))
    }
}

fn note(notes: &mut Vec<String>, text: String) {
    if !notes.contains(&text) {
        notes.push(text);
    }
}

/// Nobody watches: what is rebuilt is no run.
struct Nobody;

impl Observer for Nobody {
    fn on(&self, _: &Event<'_>) {}
}
