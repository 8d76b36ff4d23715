//! Records that have changed since they were pulled: found once the rows that tell of it are in the tables, and asked for again
//! by the next run, in the windows they are filed under.

use convolake_extractor::{Slice, Window, at_most};
use convolake_loader::{Lake, LoadError};
use convolake_model::Stream;
use jiff::Timestamp;

use crate::reads::reopened::{Looked, Relation, Reopened, WINDOWS_MAX};
use crate::report::stream_report::EndedStream;
use crate::report::warning::Warning;
use crate::state::streams::{State, StreamState};
use crate::{Event, Observer, Project, with_causes};

/// Finds what rows that came since `since` tell of other streams' records, warns of it, and gives the states that change. The
/// data is safe by now: what cannot be compared is a warning.
pub(crate) fn settle_reopened(
    lake: &Lake,
    project: &Project,
    streams: &mut [EndedStream],
    state: &State,
    since: Timestamp,
    observer: &dyn Observer,
) -> Vec<StreamState> {
    let mut changed = Vec::new();
    for before in state.streams.values() {
        let Some(stream) = project.pipeline.streams.get(&before.stream) else { continue };
        let Some(relation) = Relation::of(project, stream) else { continue };
        let ended = streams.iter_mut().find(|ended| is_of(ended, before));
        let reopened = match find(lake, project, &relation, before, ended.as_deref(), since) {
            Ok(reopened) if reopened.n_records == 0 => continue,
            Ok(reopened) => reopened,
            Err(error) => {
                let why = with_causes(&error, ": ");
                let message = format!("what has changed of {} was not looked for: {why}", before.stream);
                observer.on(&Event::Warning { message: &message });
                continue;
            }
        };
        tell(&relation, stream, &reopened, ended, observer);
        let windows = before.reopened_windows().into_iter().chain(reopened.windows).collect();
        let windows = at_most(WINDOWS_MAX, windows).into_iter().map(|window| (window.from, window.until));
        let after = StreamState { reopened: windows.collect(), ..before.clone() };
        changed.extend((after != *before).then_some(after));
    }
    changed
}

fn is_of(ended: &EndedStream, state: &StreamState) -> bool {
    ended.stream == state.stream && ended.params == state.params
}

fn find(
    lake: &Lake,
    project: &Project,
    relation: &Relation<'_>,
    state: &StreamState,
    ended: Option<&EndedStream>,
    since: Timestamp,
) -> Result<Reopened, LoadError> {
    let asked: Vec<Window> = ended.map_or_else(Vec::new, |ended| windows(&ended.outcome.done));
    let is_asked = |began: Timestamp| asked.iter().any(|window| window.from <= began && began < window.until);
    let looked = Looked { since, is_asked: &is_asked };
    relation.find(lake, &project.pipeline.name, &state.params, &looked)
}

fn windows(done: &[Slice]) -> Vec<Window> {
    let windows = done.iter().filter_map(|slice| match slice {
        Slice::Window { from, until } => Some(Window { from: *from, until: *until }),
        Slice::Whole | Slice::Ids(_) | Slice::Of { .. } => None,
    });
    // Those that touch become one.
    at_most(usize::MAX, windows.collect())
}

fn tell(
    relation: &Relation<'_>,
    stream: &Stream,
    reopened: &Reopened,
    ended: Option<&mut EndedStream>,
    observer: &dyn Observer,
) {
    let warning = Warning::AnsweredAgain {
        table: relation.rows_table().to_owned(),
        n_records: reopened.n_records,
        examples: reopened.examples.clone(),
    };
    match ended {
        Some(ended) => ended.outcome.warnings.push(warning),
        None => observer.on(&Event::Warning { message: &format!("{}: {warning}", stream.name) }),
    }
}
