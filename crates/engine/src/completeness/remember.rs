//! After the merge: what is short is remembered for the next run, in a commit of its own where that changes anything.

use crate::EngineError;
use crate::completeness::shorts::remembered;
use crate::numbers::count;
use crate::report::run_report::StreamReport;
use crate::session::Session;
use crate::state::streams::State;

impl Session {
    /// Puts into the state what was found short of streams that came through, and tells what became of what was asked for
    /// again. True where the state is another now.
    pub(crate) fn remember_short(&self, streams: &mut [StreamReport], state: &mut State) -> bool {
        let found = streams.iter().filter_map(|declaring| {
            let found = declaring.completeness.as_ref()?.found.clone();
            let stream = self.project.pipeline.streams.get(&declaring.stream)?;
            let asked = self.project.refetched_for(stream)?;
            Some((&asked.name, declaring.params.clone(), found, is_through(declaring, state)))
        });
        let found: Vec<_> = found.collect();
        let mut is_changed = false;
        for (asked, params, found, is_declared) in found {
            let is_asked = |report: &&mut StreamReport| report.stream == *asked && report.params == params;
            let Some(report) = streams.iter_mut().find(is_asked) else { continue };
            if let Some(again) = &mut report.fetched_again {
                let short = again.ids.iter().filter(|id| found.iter().any(|found| found.id == **id));
                again.complete = Some(again.asked - count(short.count()));
            }
            if !is_declared || !is_through(report, state) {
                // What is not pulled yet is not short.
                continue;
            }
            let mut of_stream = state.get_or_new(asked, &params);
            let Some(until) = of_stream.watermark else { continue };
            let short = remembered(&of_stream.short, &found, until);
            if short != of_stream.short {
                is_changed = true;
                of_stream.short = short;
                state.set(of_stream);
            }
        }
        is_changed
    }

    /// Commits the state, and nothing else; gives the commit's number.
    pub(crate) fn commit_state(&self, state: &State) -> Result<Option<u64>, EngineError> {
        let created_at = self.dated(self.seams.clock.now());
        let commit = self.lake.commit_state(self.lease(), self.run.as_str(), state.to_json()?, created_at)?;
        Ok(commit.map(|commit| commit.seq))
    }
}

fn is_through(report: &StreamReport, state: &State) -> bool {
    let state = state.get(&report.stream, &report.params);
    report.error.is_none() && state.is_some_and(|state| state.unfinished.is_none())
}
