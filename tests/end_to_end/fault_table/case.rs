//! One fault of a simulated source, and what is to become of a run that meets it.

use std::collections::BTreeSet;

use convolake_engine::{Clock, SystemClock};
use convolake_simulator::{
    ContentEncoding, Corpus, Envelope, Fault, FaultKind, HabitPlan, Habits, KeyOrder, ListMode, Place,
    RequestEntry, SignedUrls, SimulatorConfig, Stream,
};
use jiff::Timestamp;

use super::Check;
use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;
use crate::source::{ONE_AFTER_THE_OTHER, SMALL_PAGE, Source, tidy, unlimited};

/// A fault, from the third request on unless it says otherwise.
#[derive(Clone)]
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
    /// What the source is like all the while.
    habits: HabitPlan,
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

/// How many requests are made, beside those for pages of the list that are asked for ahead of their turn: how many these are
/// depends on how late answers come, and so on how busy the machine is.
#[derive(Clone, Copy)]
pub(super) enum Requests {
    /// So many more than without the fault.
    More(usize),
    /// At most so many more than without it: where windows are cut depends on what pages show.
    UpTo(usize),
    /// So many in all, up to the page at which the run stops.
    Only(usize),
    /// So many, and beside them at most so many for the same page with fewer records.
    OnlyAndSmaller(usize, usize),
}

pub(super) const EVER: u64 = 1_000_000;
/// Attempts at a page, and what two pages before it took.
pub(super) const GIVEN_UP: Requests = Requests::Only(2 + 6);
/// Pages of the list that may be asked for behind the third before it is there: four may be under way.
const AHEAD_OF_THE_THIRD: usize = 3;
/// Pages that may be asked for past the end of the list, which is the eighth page. Six are full: 1.25 x 6 + 10 requests are
/// the most then, and one of them is kept back.
pub(super) const PAST_THE_END: usize = 8;

pub(super) fn case(name: &'static str, times: u64, kind: FaultKind, code: i32, requests: Requests) -> Case {
    Case {
        name,
        scene: Scene::List,
        from: 3,
        times,
        kind,
        code,
        requests,
        args: &[],
        says: &[],
        habits: HabitPlan::default(),
    }
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

    /// The same at a source with habits that leave the outcome and the number of requests as they are; `None` where attempts
    /// are waited for until none is left, or the fault is about what a habit changes.
    pub(super) fn among_habits(&self) -> Option<Self> {
        let is_short = self.times < EVER || matches!(self.requests, Requests::More(0));
        let is_apart = !matches!(
            self.kind,
            FaultKind::Gzip { .. } | FaultKind::Field { .. } | FaultKind::SamePage | FaultKind::Drip { .. }
        );
        let fields = serde_json::json!({"channel": {"id": "7"}});
        let habits = HabitPlan::everywhere(&Habits {
            signed_urls: Some(SignedUrls::default()),
            key_order: Some(KeyOrder::Shuffled),
            content_encoding: Some(ContentEncoding("UTF-8".to_owned())),
            envelope: Some(Envelope { fields: fields.as_object()?.clone(), place: Place::Before }),
            ..Habits::default()
        });
        (is_short && is_apart).then(|| Self { habits, ..self.clone() })
    }

    pub(super) fn check(self) -> Check {
        (self.name, Box::new(move || self.failing()))
    }

    fn failing(&self) -> Option<String> {
        let stream = self.scene.stream();
        let source = self.scene.start();
        source.running.set_habits(&self.habits);
        let n_whole = self.scene.n_requests(&source);
        let lake = Lake::new();
        source.fault(Fault::new(stream, self.from, self.times, self.kind.clone()));
        let ended = self.scene.pull(&source, &lake).args(self.args).ends_somehow();
        if let Some(how) = self.miscounted(&source.requests(stream), n_whole) {
            return Some(format!("{how}, {ended}"));
        }
        if ended.code != Some(self.code) {
            return Some(format!("code {} is expected, {ended}", self.code));
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

    /// What is wrong with the number of requests, `n_whole` being the number without the fault.
    fn miscounted(&self, requests: &[RequestEntry], n_whole: usize) -> Option<String> {
        let expected = match self.requests {
            Requests::More(more) => n_whole + more..=n_whole + more,
            Requests::UpTo(more) => 1..=n_whole + more,
            Requests::Only(all) | Requests::OnlyAndSmaller(all, _) => all..=all,
        };
        let (n_pages, most_ahead) = match self.requests {
            Requests::Only(_) => (usize::try_from(self.from).unwrap(), AHEAD_OF_THE_THIRD),
            Requests::OnlyAndSmaller(_, smaller) => {
                (usize::try_from(self.from).unwrap(), AHEAD_OF_THE_THIRD + smaller)
            }
            Requests::More(_) | Requests::UpTo(_) => (n_whole, PAST_THE_END),
        };
        let n_ahead = match self.scene {
            Scene::List => n_different(requests).checked_sub(n_pages),
            // Where the next page stands is known only once a page is there.
            Scene::Cursor | Scene::Windows => Some(0),
        };
        let is_right = n_ahead
            .is_some_and(|n_ahead| n_ahead <= most_ahead && expected.contains(&(requests.len() - n_ahead)));
        (!is_right).then(|| {
            format!("{} requests, {n_ahead:?} of them ahead, of {expected:?} beside", requests.len())
        })
    }
}

/// The number of distinct pages that were asked for.
pub(super) fn n_different(requests: &[RequestEntry]) -> usize {
    requests.iter().map(|request| request.query.as_str()).collect::<BTreeSet<_>>().len()
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

    /// The requests of a run that meets no fault and asks for nothing ahead.
    fn n_requests(self, source: &Source) -> usize {
        match self {
            // One is for the empty page at the end, or for a page of a size that is turned down.
            Self::List | Self::Cursor => source.running.records(self.stream()).len().div_ceil(SMALL_PAGE) + 1,
            Self::Windows => {
                self.pull(source, &Lake::new()).ends(0);
                let n_requests = source.requests(self.stream()).len();
                source.forget();
                n_requests
            }
        }
    }

    pub(super) fn pull(self, source: &Source, lake: &Lake) -> Convolake {
        match self {
            Self::List | Self::Cursor => {
                // One page after the other, wherever an answer comes before the pace has a request to spare.
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

/// A watermark in the future.
fn ahead_of_now(ended: &Ended) -> Option<Timestamp> {
    let report = ended.report();
    let streams = report["streams"].as_array().cloned().unwrap_or_default();
    let now = SystemClock::start().now();
    let mut watermarks = streams.iter().filter_map(|stream| stream["watermark"].as_str()?.parse().ok());
    watermarks.find(|watermark| *watermark > now)
}
