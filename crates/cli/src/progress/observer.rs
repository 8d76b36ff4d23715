//! Events of the engine, shown.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use convolake_engine::{Event, Observer, ParamSet, Tree};
use serde_json::json;

use crate::progress::live::LiveLine;
use crate::progress::stream::{StreamCounts, name_of};
use crate::progress::ticker::Ticker;
use crate::render::{counted, span};
use crate::terminal::{self, event};

/// Shows what the engine observes.
pub(crate) struct Progress {
    shown: Arc<Mutex<Shown>>,
    /// Where there are no live lines.
    _ticker: Option<Ticker>,
}

/// What is under way.
#[derive(Default)]
struct Shown {
    streams: BTreeMap<String, Line>,
    /// What goes on beside the streams, and since when.
    activity: Option<(String, Instant, Option<LiveLine>)>,
}

struct Line {
    counts: StreamCounts,
    live: Option<LiveLine>,
    /// The pages when it was last told of.
    pages_told: u64,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let shown = Arc::<Mutex<Shown>>::default();
        let ticking = Arc::clone(&shown);
        let ticker = match terminal::bars() {
            Some(_) => None,
            None => Ticker::start(move || hold(&ticking).tell()),
        };
        Self { shown, _ticker: ticker }
    }

    fn update(&self, stream: &str, params: &ParamSet, change: impl FnOnce(&mut StreamCounts)) {
        let mut shown = hold(&self.shown);
        let line = shown.line(stream, params);
        change(&mut line.counts);
        line.show();
    }
}

fn hold(shown: &Mutex<Shown>) -> MutexGuard<'_, Shown> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shown {
    fn line(&mut self, stream: &str, params: &ParamSet) -> &mut Line {
        let name = name_of(stream, params);
        self.streams.entry(name.clone()).or_insert_with(|| Line {
            counts: StreamCounts::new(name),
            live: terminal::bars().map(LiveLine::new),
            pages_told: 0,
        })
    }

    /// A plain line of each stream that is under way, and of what else goes on.
    fn tell(&mut self) {
        for line in self.streams.values_mut() {
            let waits = if line.counts.pages() == line.pages_told { ", waiting" } else { "" };
            line.pages_told = line.counts.pages();
            tell(&format!("{}: {}{waits}", line.counts.name, line.counts.parts(false).join(", ")));
            event("info", "progress", line.counts.fields());
        }
        if let Some((what, since, _)) = &self.activity {
            tell(&format!("still {what}, for {}", span(since.elapsed().as_secs_f64())));
        }
    }

    fn act(&mut self, what: String) {
        // Before the next one begins.
        self.activity = None;
        let live = terminal::bars().map(LiveLine::new);
        if let Some(live) = &live {
            live.show(&what, &[]);
        }
        self.activity = Some((what, Instant::now(), live));
    }

    /// Takes a stream off the screen, and gives its counts. One that is begun again counts anew.
    fn end(&mut self, stream: &str, params: &ParamSet) -> StreamCounts {
        let name = name_of(stream, params);
        self.streams.remove(&name).map_or_else(|| StreamCounts::new(name), |line| line.counts)
    }
}

impl Line {
    fn show(&self) {
        if let Some(live) = &self.live {
            live.show(&self.counts.name, &self.counts.parts(false));
        }
    }
}

/// Words only: machines get the event beside them.
fn tell(text: &str) {
    if terminal::says_lines() {
        terminal::line(text);
    }
}

impl Observer for Progress {
    fn on(&self, observed: &Event<'_>) {
        match *observed {
            Event::StreamStarted { stream, params } => {
                self.update(stream, params, |_| ());
                if terminal::bars().is_none() {
                    tell(&format!("{}: begun", name_of(stream, params)));
                }
                event("info", "stream_started", json!({"stream": stream, "params": params}));
            }
            Event::PageLanded { stream, params, records, bytes, expected_records } => {
                self.update(stream, params, |counts| counts.landed(records, bytes, expected_records));
            }
            Event::PageFlattened { stream, params, origin, bytes, records, rows, rejects } => {
                let of_page = [records, rows, rejects];
                let mut shown = hold(&self.shown);
                // The rows of a stream that is through may still be on their way.
                if let Some(line) = shown.streams.get_mut(&name_of(stream, params)) {
                    line.counts.flattened(origin, bytes, of_page);
                    line.show();
                }
            }
            Event::StreamEnded { stream, params, error } => {
                let counts = hold(&self.shown).end(stream, params);
                let text = counts.parts(true).join(", ");
                match error {
                    None => tell(&format!("{}: through, {text}", counts.name)),
                    Some(error) if terminal::says_lines() => {
                        terminal::trouble(&format!("{}: stopped, {text}\n  because: {error}", counts.name))
                    }
                    Some(_) => {}
                }
                let level = if error.is_some() { "warn" } else { "info" };
                let mut fields = counts.fields();
                fields["stream"] = stream.into();
                fields["params"] = json!(params);
                fields["error"] = json!(error);
                event(level, "stream_ended", fields);
            }
            Event::Merging { rows } => {
                let what = format!("merging {} into the tables", counted(rows, "row"));
                tell(&what);
                event("info", "merging", json!({"rows": rows}));
                hold(&self.shown).act(what);
            }
            Event::FilesMoved { files, to } => {
                let tree = match to {
                    Tree::Plain => "plain files",
                    Tree::Delta => "the Delta tree alone",
                };
                tell(&format!(
                    "{} lie in {tree} from now on, as `publish` says",
                    counted(files, "table file")
                ));
                event("info", "files_moved", json!({"files": files, "to": to}));
            }
            Event::Verifying { pipeline, what } => {
                let text = format!("verifying {pipeline}: {what}");
                tell(&text);
                event("info", "verifying", json!({"pipeline": pipeline, "what": what}));
                hold(&self.shown).act(text);
            }
            Event::Warning { message } => terminal::trouble(&format!("warning: {message}")),
        }
    }
}
