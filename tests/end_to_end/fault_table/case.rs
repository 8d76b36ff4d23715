//! One fault of a simulated source, and what is to become of a run that meets it.

use convolake_engine::{Clock, SystemClock};
use convolake_simulator::{Corpus, Fault, FaultKind, ListMode, SimulatorConfig, Stream};
use jiff::Timestamp;

use super::Check;
use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;
use crate::source::{ONE_AFTER_THE_OTHER, SMALL_PAGE, Source, tidy, unlimited};

/// A fault, from the third request on unless it says otherwise.
pub(super) struct Case {
    name: &'static str,
    scene: Scene,
    from: u64,
    times: u64,
    kind: FaultKind,
    code: i32,
    requests: Requests,
    args: &'static [&'static str],
    /// What the report says.
    says: &'static [&'static str],
}

/// What is pulled: pages of ten records each.
#[derive(Clone, Copy)]
pub(super) enum Scene {
    /// Convocore's list by page number: eight requests.
    List,
    /// The same as it pages by cursor: the first request is turned down for its page size.
    Cursor,
    /// AgentX's conversations, by windows of time and by cursor.
    Windows,
}

/// How many requests are made.
#[derive(Clone, Copy)]
pub(super) enum Requests {
    /// So many more than without the fault.
    More(usize),
    /// At most so many more than without it: where windows are cut depends on what pages show.
    UpTo(usize),
    /// None, or up to so many past the end: while an answer is late, pages are asked for ahead.
    Ahead(usize),
    /// No fewer and no more than so many in all: while no answer comes, others are asked for ahead.
    Within(usize, usize),
    /// So many in all.
    Only(usize),
}

pub(super) const EVER: u64 = 1_000_000;
/// Attempts at a page, and what two pages before it took.
pub(super) const GIVEN_UP: Requests = Requests::Only(2 + 6);

pub(super) fn case(name: &'static str, times: u64, kind: FaultKind, code: i32, requests: Requests) -> Case {
    Case { name, scene: Scene::List, from: 3, times, kind, code, requests, args: &[], says: &[] }
}

impl Case {
    pub(super) fn of(self, scene: Scene) -> Self {
        Self { scene, ..self }
    }

    pub(super) fn from(self, from: u64) -> Self {
        Self { from, ..self }
    }

    pub(super) fn args(self, args: &'static [&'static str]) -> Self {
        Self { args, ..self }
    }

    pub(super) fn says(self, says: &'static [&'static str]) -> Self {
        Self { says, ..self }
    }

    pub(super) fn check(self) -> Check {
        (self.name, Box::new(move || self.failing()))
    }

    fn failing(&self) -> Option<String> {
        let stream = self.scene.stream();
        let source = self.scene.start();
        self.scene.pull(&source, &Lake::new()).ends(0);
        let n_whole = source.requests(stream).len();
        source.forget();
        let lake = Lake::new();
        source.fault(Fault::new(stream, self.from, self.times, self.kind.clone()));
        let ended = self.scene.pull(&source, &lake).args(self.args).ends_somehow();
        let n_requests = source.requests(stream).len();
        let expected = match self.requests {
            Requests::More(more) => n_whole + more..=n_whole + more,
            Requests::UpTo(more) => 1..=n_whole + more,
            Requests::Ahead(more) => n_whole..=n_whole + more,
            Requests::Within(least, most) => least..=most,
            Requests::Only(all) => all..=all,
        };
        if ended.code != Some(self.code) || !expected.contains(&n_requests) {
            return Some(format!("{n_requests} requests of {expected:?}, {ended}"));
        }
        let missing = self.says.iter().find(|text| !ended.stdout.contains(**text));
        if let Some(missing) = missing {
            return Some(format!("nothing says `{missing}`, {ended}"));
        }
        if let Some(ahead) = ahead_of_now(&ended) {
            return Some(format!("the watermark is {ahead}, {ended}"));
        }
        // Whatever happened, the next run brings everything.
        source.running.clear_faults();
        self.scene.pull(&source, &lake).ends(0);
        lake.holds_all(&source, stream);
        None
    }
}

impl Scene {
    fn stream(self) -> Stream {
        match self {
            Self::List | Self::Cursor => Stream::ConvocoreList,
            Self::Windows => Stream::AgentxConversations,
        }
    }

    pub(super) fn start(self) -> Source {
        let list_mode = match self {
            Self::List | Self::Windows => ListMode::Seed,
            Self::Cursor => ListMode::Cursor,
        };
        Source::start(SimulatorConfig {
            page_cap: Some(SMALL_PAGE),
            list_mode,
            ..unlimited(Corpus::Generated(tidy(70)))
        })
    }

    pub(super) fn pull(self, source: &Source, lake: &Lake) -> Convolake {
        match self {
            Self::List | Self::Cursor => {
                // One page after the other: each request has been answered long before the pace has one to spare.
                Convolake::pull("convocore", source, lake)
                    .args(&["--stream", "list"])
                    .set(ONE_AFTER_THE_OTHER)
            }
            Self::Windows => Convolake::pull("agentx", source, lake)
                .set(ONE_AFTER_THE_OTHER)
                .args(&["--stream", "conversations"]),
        }
    }
}

/// A watermark that names an instant that has not come.
fn ahead_of_now(ended: &Ended) -> Option<Timestamp> {
    let report = ended.report();
    let streams = report["streams"].as_array().cloned().unwrap_or_default();
    let now = SystemClock::start().now();
    let mut watermarks = streams.iter().filter_map(|stream| stream["watermark"].as_str()?.parse().ok());
    watermarks.find(|watermark| *watermark > now)
}
