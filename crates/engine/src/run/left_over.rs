//! What the run before had no time to find out: it was killed between its rows and the comparison of them.

use std::sync::Arc;

use jiff::Timestamp;

use crate::completeness::awaited::settle_awaited;
use crate::completeness::reopened::settle_reopened;
use crate::ingest::tally::Counts;
use crate::reads::known_versions::known;
use crate::report::stream_outcome::StreamOutcome;
use crate::report::stream_report::EndedStream;
use crate::session::Session;
use crate::state::streams::{State, StreamState};
use crate::{EngineError, Event};

/// Compares what the run before has left uncompared, so that this one asks for what comes of it. Blocks.
pub(crate) fn settle_left_over(session: &mut Session) -> Result<(), EngineError> {
    let Some(since) = session.state.uncompared_since.take() else { return Ok(()) };
    let observer = Arc::clone(&session.seams.observer);
    observer.on(&Event::Warning {
        message: "the run before ended before its rows were compared; that is done first",
    });
    let states: Vec<StreamState> = session.state.streams.values().cloned().collect();
    let mut streams: Vec<EndedStream> =
        states.iter().map(|state| answered(session, state, since)).collect::<Result<_, _>>()?;
    let (lake, project, now) = (&session.lake, &session.project, session.started_at);
    let mut state: State = session.state.clone();
    let awaited = settle_awaited(lake, project, &mut streams, &state, now, &*observer);
    awaited.into_iter().for_each(|changed| state.set(changed));
    let reopened = settle_reopened(lake, project, &mut streams, &state, since, &*observer);
    reopened.into_iter().for_each(|changed| state.set(changed));
    session.state = state;
    Ok(())
}

/// A stream as it ended, as far as the lake tells: what was answered since.
fn answered(session: &Session, state: &StreamState, since: Timestamp) -> Result<EndedStream, EngineError> {
    let project = &session.project;
    let answered = match project.schemas.get(&state.stream) {
        Some(schema) => known(&session.lake, session.pipeline(), schema, &state.params, Some(since))?,
        None => std::collections::BTreeMap::new(),
    };
    Ok(EndedStream {
        stream: state.stream.clone(),
        params: state.params.clone(),
        outcome: StreamOutcome { answered, ..StreamOutcome::default() },
        counts: Counts::default(),
        watermark: state.watermark,
        unanswered: Vec::new(),
        n_stale: 0,
    })
}
