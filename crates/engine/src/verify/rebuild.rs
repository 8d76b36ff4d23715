//! The tables made once more from the landed pages, into a lake of their own beside the one that is verified.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use convolake_loader::{
    Finding, FindingKind, Findings, Lake, LeaseHolder, Load, LoadMode, LoadTable, RawError, Remedy,
    Verification,
};
use convolake_model::Partitions;

use crate::ingest::{LandedPages, Workers};
use crate::memory::MemoryBudget;
use crate::{EngineError, Event, Observer, Project, RunId, Seams, with_causes};

/// What to rebuild.
pub(crate) struct Rebuild<'a> {
    pub(crate) project: &'a Project,
    /// The lake with the landed pages.
    pub(crate) lake: &'a Lake,
    pub(crate) verification: &'a Verification,
    pub(crate) seams: &'a Seams,
    /// Runs whose pages are left out.
    pub(crate) without_runs: &'a BTreeSet<String>,
    pub(crate) memory: MemoryBudget,
}

/// Rebuilt tables: staged files that nothing was published of.
pub(crate) struct Rebuilt {
    /// The streams that have landed pages.
    pub(crate) streams: BTreeSet<String>,
    /// For each table file, the name in the lake that it is staged under.
    pub(crate) staged: BTreeMap<String, String>,
}

impl Rebuild<'_> {
    /// Rebuilds into the lake `beside`. A page that does not read is a finding.
    pub(crate) fn run(&self, beside: &Lake, findings: &mut Findings) -> Result<Rebuilt, EngineError> {
        let pipeline = self.project.pipeline.name.as_str();
        let run = RunId::new(self.seams.clock.now(), self.seams.entropy);
        let holder =
            LeaseHolder { run: run.to_string(), pid: std::process::id(), since: self.seams.clock.now() };
        let lease = beside.lease(pipeline, &holder)?;
        let pages = self.lake.raw().pages(pipeline)?;
        let streams = pages.streams();
        let mut tables = self.project.load_tables(streams.iter().map(String::as_str));
        for LoadTable { table, .. } in &mut tables {
            if let Some(stored) = self.verification.partition_by(&table.name) {
                table.partitions = Partitions::Asked(stored);
            }
        }
        let buckets = tables.iter().find_map(|table| self.verification.buckets(&table.table.name));
        let buckets = buckets.unwrap_or(self.project.pipeline.buckets);
        let load =
            Load::begin(beside, &lease, run.as_str(), &tables, LoadMode::Merge, self.memory.load(), buckets)?;
        let quarantine = beside.quarantine(pipeline, run.as_str())?;
        let nobody: Arc<dyn Observer> = Arc::new(Nobody);
        let workers = Workers::start(load, quarantine, &nobody, self.memory);
        let jobs = workers.sender();
        let mut landed_pages = LandedPages::new(self.project);
        for landed in pages {
            let landed = match landed {
                Ok(landed) => landed,
                Err(error) => {
                    findings.push(unreadable(&error));
                    continue;
                }
            };
            if self.without_runs.contains(&landed.page.run) {
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
        Ok(Rebuilt { streams, staged: load.stage_only()? })
    }
}

fn unreadable(error: &RawError) -> Finding {
    let (kind, remedy) = (FindingKind::PageUnreadable, Remedy::Restore);
    let detail = with_causes(error.source.as_ref(), ": ");
    Finding { kind, place: error.object.clone(), detail, remedy }
}

/// Watches nothing: a rebuild is no run.
struct Nobody;

impl Observer for Nobody {
    fn on(&self, _: &Event<'_>) {}
}
