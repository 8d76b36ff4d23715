//! Section G: clocks that are wrong, and that are set while a run goes on. These runs are played within the test, since a
//! clock can be handed in only there.

use std::sync::Arc;
use std::time::Duration;

use convolake_engine::{
    Budget, Clock, Event, Observer, Outcome, Override, RunReport, RunRequest, Seams, Stop, SystemClock,
};
use convolake_simulator::{ChangeRequest, Corpus, Ledger, SimulatorConfig};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

use super::Check;
use crate::convolake::param;
use crate::lake::Lake;
use crate::source::{PIPELINES, SMALL_PAGE, Source, tidy, unlimited};

const HOUR: i64 = 3600;
const TEN_YEARS: i64 = 10 * 365 * 24 * HOUR;

/// How far the machine's clock is ahead when a run begins, and from its third request on, in seconds.
const CASES: [(&str, i64, i64); 7] = [
    ("G1 back by an hour while a run goes on", 0, -HOUR),
    ("G1 ahead by ten years while a run goes on", 0, TEN_YEARS),
    ("G1 right again while a run goes on", TEN_YEARS, 0),
    ("G2 five minutes ahead", 300, 300),
    ("G2 an hour ahead", HOUR, HOUR),
    ("G2 ten years ahead", TEN_YEARS, TEN_YEARS),
    ("G2 five minutes behind", -300, -300),
];

pub(super) fn checks() -> Vec<Check> {
    let check = |(name, first, then): (&'static str, i64, i64)| -> Check {
        (name, Box::new(move || failing(first, then)))
    };
    CASES.map(check).into()
}

/// A run with a wrong clock, conversations that go on, and a run with the right one: it has to find all of them, and what
/// it finds is newer than what is there.
fn failing(first_s: i64, then_s: i64) -> Option<String> {
    for (pipeline, streams) in PIPELINES {
        let source = Source::start(SimulatorConfig {
            page_cap: Some(SMALL_PAGE),
            ..unlimited(Corpus::Generated(tidy(70)))
        });
        let lake = Lake::new();
        let began = machine_time();
        let report = pull(pipeline, &source, &lake, WrongClock::of(&source, first_s, then_s));
        let ended = machine_time();
        for stream in &report.streams {
            // An answer's `Date` has whole seconds.
            let earliest = began + SignedDuration::from_secs(first_s.min(0) - 1);
            let watermark = stream.watermark.unwrap();
            if !(earliest..=ended).contains(&watermark) {
                return Some(format!("the watermark of {} is {watermark}, at {began}", stream.stream));
            }
            let is_told = stream.warnings.iter().any(|warning| warning.contains("s ahead of the source's"));
            if is_told != (first_s > 0) {
                return Some(format!("told of {first_s} s: {:?}", stream.warnings));
            }
        }
        let took = (ended.duration_since(began)).as_secs_f64();
        if !(0.0..=took + 0.1).contains(&report.seconds) {
            return Some(format!("{} s of {took} s", report.seconds));
        }
        drop(source.running.change(ChangeRequest { percent: 40.0, seed: 1, at: None }));
        // Windows end a second before now, and at a whole second.
        std::thread::sleep(Duration::from_millis(2_100));
        pull(pipeline, &source, &lake, Arc::new(SystemClock::start()));
        let fresh = Lake::new();
        pull(pipeline, &source, &fresh, Arc::new(SystemClock::start()));
        // A conversation of AgentX that goes on after a long silence is found by its messages alone.
        let tables =
            if pipeline == "agentx" { &["messages"][..] } else { &["conversations", "turns", "messages"] };
        let (mut held, mut expected) = (lake.contents(), fresh.contents());
        for table in tables {
            if held.remove(table) != expected.remove(table) {
                return Some(format!("{pipeline}: {table} is not what a fresh lake holds"));
            }
        }
        lake.holds_all(&source, streams[1]);
    }
    None
}

/// Nothing is looked at again for having been there lately.
const NO_LOOKBACK: [&str; 3] = [
    "streams.conversations.slices.lookback=0s",
    "streams.messages.slices.lookback=0s",
    "streams.list.lookback=0s",
];

/// A run that is played within the test, by this clock.
pub(crate) fn pull(pipeline: &str, source: &Source, lake: &Lake, clock: Arc<dyn Clock>) -> RunReport {
    let base_url = format!("base_url={}", source.base_url());
    let of_pipeline = |set: &&str| (pipeline == "convocore") == set.contains(".list.");
    let sets = [base_url.as_str(), param(pipeline), "rate_limit.requests_per_second=1000"];
    let sets = sets.into_iter().chain(NO_LOOKBACK.into_iter().filter(of_pipeline));
    let request = RunRequest {
        pipeline: pipeline.to_owned(),
        overrides: sets.map(|set| set.parse::<Override>().unwrap()).collect(),
        to: lake.to().to_owned(),
        streams: Vec::new(),
        from: None,
        until: None,
        budget: Budget::default(),
        memory_bytes: 256 << 20,
        strict: false,
        allow_new_origin: false,
    };
    let seams = Seams {
        clock,
        env: Arc::new(|name| (!name.ends_with("_FILE")).then(|| SimulatorConfig::KEY.to_owned())),
        entropy: 7,
        stop: Stop::default(),
        observer: Arc::new(Nobody),
        after_run: None,
    };
    let report = Runtime::new().unwrap().block_on(convolake_engine::run(request, seams)).unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{report:?}");
    report
}

struct Nobody;

impl Observer for Nobody {
    fn on(&self, _: &Event<'_>) {}
}

/// What the simulator and the right clock go by.
fn machine_time() -> Timestamp {
    SystemClock::start().now()
}

/// A machine's clock that is so many seconds ahead, and others from the third request on.
pub(crate) struct WrongClock {
    inner: SystemClock,
    first_s: i64,
    then_s: i64,
    ledger: Arc<Ledger>,
}

impl WrongClock {
    pub(crate) fn of(source: &Source, first_s: i64, then_s: i64) -> Arc<Self> {
        Arc::new(Self { inner: SystemClock::start(), first_s, then_s, ledger: source.running.ledger() })
    }
}

impl Clock for WrongClock {
    fn now(&self) -> Timestamp {
        let ahead_s = if self.ledger.requests().len() < 3 { self.first_s } else { self.then_s };
        self.inner.now() + SignedDuration::from_secs(ahead_s)
    }

    fn elapsed(&self) -> Duration {
        self.inner.elapsed()
    }

    fn sleep(&self, duration: Duration) -> futures::future::BoxFuture<'_, ()> {
        self.inner.sleep(duration)
    }
}
