//! Daily runs of both pipelines, day after day.

use std::collections::BTreeMap;
use std::time::Instant;

use convolake_simulator::{Corpus, Generator, Stream};

use super::SPAN;
use crate::convolake::{Convolake, param};
use crate::lake::{Lake, files_below};
use crate::s3::store::Store;
use crate::source::{PIPELINES, Source, tidy, unlimited};

/// 2024-01-01T00:00:00Z, in Unix seconds: two years from here lie before any clock that a test runs by.
const FIRST: i64 = 1_704_067_200;
const FIRST_TEXT: &str = "2024-01-01T00:00:00Z";
const DAY: i64 = 86_400;
/// After so many days everything is walked again.
const FULL_WALK_DAYS: i64 = 8;
/// Of about ten messages each.
const CONVERSATIONS_A_DAY: u64 = 10;
/// Parts that records are compressed in, to be held against what is landed.
const PARTS: usize = 24;
/// Calls whose median is told.
const CALLS: usize = 5;

pub(super) struct Years {
    source: Source,
    lake: Lake,
    store: Option<Store>,
    days: Vec<Cost>,
}

/// What the runs of a day cost, or the median of some days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    pub(super) seconds: f64,
    /// To the store.
    pub(super) requests: f64,
}

#[derive(Debug)]
pub(super) struct Spans {
    pub(super) early: Cost,
    pub(super) last: Cost,
}

/// Sizes in bytes of what is landed and what was served.
pub(super) struct RawSizes {
    landed: u64,
    landed_compressed: u64,
    distinct: u64,
    distinct_compressed: u64,
}

impl Years {
    pub(super) fn begin(lake: Lake, store: Option<Store>) -> Self {
        let nobody = Generator { from: FIRST, until: FIRST + DAY, ..tidy(0) };
        let source = Source::start(unlimited(Corpus::Generated(nobody)));
        Self { source, lake, store, days: Vec::new() }
    }

    /// The next day comes to its end, and half an hour later both pipelines run.
    pub(super) fn day(&mut self) {
        let from = FIRST + DAY * self.days.len() as i64;
        let of_day = Generator { from, until: from + DAY, ..tidy(CONVERSATIONS_A_DAY) };
        let seed = of_day.seed + 1 + self.days.len() as u64;
        self.source.running.add(&Generator { seed, ..of_day });
        self.forget();
        let begun = Instant::now();
        for (pipeline, _) in PIPELINES {
            let mut run = Convolake::pull(pipeline, &self.source, &self.lake);
            if self.days.is_empty() {
                run = run.args(&["--from", FIRST_TEXT]);
            }
            run.at(from + DAY + 1800).ends(0);
        }
        let seconds = begun.elapsed().as_secs_f64();
        self.days.push(Cost { seconds, requests: self.n_requests() as f64 });
    }

    pub(super) fn last(&self) -> Cost {
        *self.days.last().unwrap()
    }

    /// What the days around this one cost, and the last ones.
    pub(super) fn spans(&self, early: usize) -> Spans {
        let half = SPAN / 2;
        let early = &self.days[early - half - 1..early + half];
        Spans { early: median(early), last: median(&self.days[self.days.len() - SPAN..]) }
    }

    /// The lake holds what is served, once a walk of everything has found what no list shows: conversations in which nobody said
    /// anything. To come last, as the walk is run on a day that lies ahead.
    #[track_caller]
    pub(super) fn holds_all(&self) {
        for (pipeline, _) in PIPELINES {
            let run = Convolake::pull(pipeline, &self.source, &self.lake);
            run.at(self.now() + FULL_WALK_DAYS * DAY).ends(0);
        }
        for stream in PIPELINES.iter().flat_map(|(_, streams)| streams) {
            self.lake.holds_all(&self.source, *stream);
        }
    }

    pub(super) fn n_objects(&self) -> usize {
        files_below(self.lake.path()).len()
    }

    pub(super) fn objects_by_folder(&self) -> BTreeMap<String, usize> {
        let mut folders = BTreeMap::new();
        for path in files_below(self.lake.path()) {
            let folder = path.strip_prefix(self.lake.path()).unwrap().components().next().unwrap();
            *folders.entry(folder.as_os_str().to_str().unwrap().to_owned()).or_default() += 1;
        }
        folders
    }

    pub(super) fn raw(&self) -> RawSizes {
        let mut sizes = RawSizes { landed: 0, landed_compressed: 0, distinct: 0, distinct_compressed: 0 };
        for path in files_below(&self.lake.path().join("raw")) {
            let content = std::fs::read(&path).unwrap();
            sizes.landed_compressed += content.len() as u64;
            let plain = zstd::decode_all(content.as_slice());
            sizes.landed += plain.map_or(content.len(), |plain| plain.len()) as u64;
        }
        for stream in Stream::ALL {
            let records = self.source.running.records(stream);
            for part in records.chunks(records.len().div_ceil(PARTS).max(1)) {
                let part = part.concat();
                sizes.distinct += part.len() as u64;
                sizes.distinct_compressed += zstd::encode_all(part.as_slice(), 3).unwrap().len() as u64;
            }
        }
        sizes
    }

    pub(super) fn status_seconds(&self) -> f64 {
        median_seconds(|| self.status())
    }

    /// Of both pipelines, one after the other.
    pub(super) fn plan_seconds(&self) -> f64 {
        median_seconds(|| self.plan())
    }

    pub(super) fn status_requests(&self) -> usize {
        self.forget();
        self.status();
        self.n_requests()
    }

    pub(super) fn plan_requests(&self) -> usize {
        self.forget();
        self.plan();
        self.n_requests()
    }

    fn status(&self) {
        Convolake::new(&["status"]).to(&self.lake).at(self.now()).ends(0);
    }

    fn plan(&self) {
        for (pipeline, _) in PIPELINES {
            Convolake::new(&["plan", pipeline]).to(&self.lake).set(param(pipeline)).at(self.now()).ends(0);
        }
    }

    fn now(&self) -> i64 {
        FIRST + DAY * (1 + self.days.len() as i64)
    }

    fn forget(&self) {
        self.store.iter().for_each(Store::forget);
    }

    fn n_requests(&self) -> usize {
        self.store.as_ref().map_or(0, Store::n_requests)
    }
}

impl RawSizes {
    pub(super) fn over_distinct(&self) -> f64 {
        self.landed as f64 / self.distinct as f64
    }

    pub(super) fn over_distinct_compressed(&self) -> f64 {
        self.landed_compressed as f64 / self.distinct_compressed as f64
    }
}

fn median(days: &[Cost]) -> Cost {
    let middle = |of: fn(&Cost) -> f64| {
        let mut values: Vec<f64> = days.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Cost { seconds: middle(|cost| cost.seconds), requests: middle(|cost| cost.requests) }
}

fn median_seconds(call: impl Fn()) -> f64 {
    let mut seconds: Vec<f64> = (0..CALLS)
        .map(|_| {
            let begun = Instant::now();
            call();
            begun.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[CALLS / 2]
}
