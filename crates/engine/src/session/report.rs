//! The report of a run, and what follows it.

use convolake_extractor::StopReason;
use convolake_loader::{Load, LoadError, LoadReport, Quarantine};
use convolake_model::WhenChecked;
use jiff::Timestamp;

use super::{Committed, Session, StateOf, ThenFound};
use crate::reads::run_reports;
use crate::report::after_run_report::AfterRunReport;
use crate::report::exit::{ExitRules, Strictness};
use crate::report::new_columns::NewColumns;
use crate::report::run_report::{EndedRun, RunReport};
use crate::report::stream_report::{Compared, EndedStream};
use crate::seams::CarriedOut;
use crate::{EngineError, Outcome};

impl Session {
    /// Makes and writes the report, the last act of a run but for derived tables, which have a lease of their own. Blocks.
    pub(crate) fn report(
        self,
        committed: Committed,
        streams: Vec<(EndedStream, Compared)>,
        strictness: Strictness,
    ) -> Result<RunReport, EngineError> {
        let Committed { state: _, seq, commit, tables, told: tables_told, differences, silent, delta } =
            committed;
        let records = streams.iter().map(|(ended, _)| ended.counts.all_records()).sum();
        let quarantined = streams.iter().map(|(ended, _)| ended.counts.quarantined).sum();
        let max_quarantined = self.project.pipeline.max_quarantined;
        let new_columns = NewColumns::of(self.head.as_ref(), commit.as_ref(), self.pipeline());
        let mut report = RunReport::new(EndedRun {
            run: self.run.clone(),
            command: self.command,
            pipeline: self.pipeline().to_owned(),
            lake: self.location.clone(),
            started_at: self.started_at,
            seconds: self.seams.clock.now().duration_since(self.started_at).as_secs_f64(),
            rules: ExitRules::new(strictness, records, quarantined, max_quarantined),
            streams,
            differences,
            silent,
            tables,
            tables_told,
            told: self.told.clone(),
            commit: seq,
            changed: commit.map(|commit| commit.files).unwrap_or_default(),
            new_columns,
            checks: self.checks(),
            delta,
        });
        // What cannot be repeated is read where it stands.
        let before = self.head.as_ref().map(|commit| self.lake.stored_report(self.pipeline(), &commit.run));
        let before = before.and_then(Result::ok).flatten();
        let stored = |report: &RunReport| {
            let mut json = serde_json::to_value(report).map_err(|error| EngineError::Worker {
                message: format!("the report cannot be written: {error}"),
            })?;
            if let Some(before) = &before {
                run_reports::repeat(&mut json, before);
            }
            Ok::<_, EngineError>(json)
        };
        self.lake.write_report(self.pipeline(), self.run.as_str(), &stored(&report)?)?;
        if self.project.pipeline.marts.is_empty() {
            return Ok(report);
        }
        let Self { lease, lake, project, seams, location, run, .. } = self;
        // Neither waits for the other: the next run may begin.
        drop(lease);
        let marts = &project.pipeline.marts;
        report.add_marts(AfterRunReport::of(&project, &location, &seams, |after, of| {
            match seams.stop.reason() {
                // Whoever asked for an end waits for it.
                Some(StopReason::Asked) => CarriedOut::Not {
                    outcome: Outcome::Busy,
                    why: "left for the next run, since this one was asked to end".to_owned(),
                },
                _ => after.derive(of, marts),
            }
        }));
        if let Err(error) = lake.amend_report(&project.pipeline.name, run.as_str(), &stored(&report)?) {
            tracing::warn!(%error, "the report in the lake does not tell of the derived tables");
        }
        Ok(report)
    }

    /// Holds the tables against what is expected of their rows, where the pipeline asks for it.
    fn checks(&self) -> Option<AfterRunReport> {
        let is_asked = self.project.pipeline.checks == WhenChecked::AfterRun;
        let check =
            || AfterRunReport::of(&self.project, &self.location, &self.seams, |after, of| after.check(of));
        is_asked.then(check)
    }

    /// Commits pages of files or of earlier runs under the state as it is, and reports. Blocks.
    pub(crate) fn finish(
        self,
        load: Load,
        quarantine: Quarantine,
        streams: Vec<EndedStream>,
    ) -> Result<RunReport, EngineError> {
        self.finish_by(|state_of, created_at| load.finish_with(state_of, created_at), quarantine, streams)
    }

    /// [`Session::finish`], of a load that `finish` brings to its end.
    pub(crate) fn finish_by(
        self,
        finish: impl FnOnce(StateOf<'_>, Timestamp) -> Result<LoadReport, LoadError>,
        quarantine: Quarantine,
        streams: Vec<EndedStream>,
    ) -> Result<RunReport, EngineError> {
        let committed = self.commit_by(finish, quarantine, self.state.clone(), &streams, ThenFound::Never)?;
        let streams = streams.into_iter().map(|ended| (ended, Compared::default())).collect();
        self.report(committed, streams, Strictness::Lenient)
    }
}
