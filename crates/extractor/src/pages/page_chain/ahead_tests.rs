//! Pages of a numbered stream, asked for ahead at a source whose answers take their time.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the numbers of a test are small"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;

use super::*;
use crate::fakes::VirtualClock;
use crate::fakes::{extractor, params, stream};
use crate::{Budget, Clock, HttpRequest, HttpResponse, Stop, StopReason, Transport, TransportError};

/// What happens at a source while its pages are walked.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// A record comes in front.
    New,
    /// The record at this place comes to the front.
    Touched(usize),
    /// The record at this place goes.
    Deleted(usize),
}

/// A list by page numbers, newest first.
#[derive(Debug)]
struct Source {
    clock: Arc<VirtualClock>,
    page: usize,
    records: Mutex<Vec<u32>>,
    /// What is still to happen, the last first.
    changes: Mutex<Vec<(Duration, Change)>>,
    /// How long an answer takes, by turns: until the page is read, and until it is here.
    latencies_ms: Vec<(u64, u64)>,
    /// Which requests, from 0, are answered by this instead.
    instead: BTreeMap<usize, (u16, String)>,
    asked: Mutex<Vec<(Duration, u32)>>,
}

impl Source {
    fn new(n_records: u32, page: usize, latency_ms: u64) -> Self {
        Self {
            clock: Arc::default(),
            page,
            records: Mutex::new((0..n_records).collect()),
            changes: Mutex::default(),
            latencies_ms: vec![(latency_ms / 2, latency_ms - latency_ms / 2)],
            instead: BTreeMap::new(),
            asked: Mutex::default(),
        }
    }

    /// From the `n`-th request on, from 0, so many are answered by this.
    fn instead(mut self, n: usize, times: usize, status: u16, body: &str) -> Self {
        self.instead.extend((n..n + times).map(|n| (n, (status, body.to_owned()))));
        self
    }

    fn read(&self, number: u32) -> String {
        let (mut records, mut changes) = (self.records.lock().unwrap(), self.changes.lock().unwrap());
        while let Some((_, change)) = changes.pop_if(|(at, _)| *at <= self.clock.elapsed()) {
            let n = records.len();
            match change {
                Change::New => records.insert(0, 1_000_000 + u32::try_from(changes.len()).unwrap()),
                Change::Touched(place) if n > 0 => records[..=place % n].rotate_right(1),
                Change::Deleted(place) if n > 0 => drop(records.remove(place % n)),
                Change::Touched(_) | Change::Deleted(_) => {}
            }
        }
        let first = (number as usize - 1) * self.page;
        let records: Vec<String> =
            records.iter().skip(first).take(self.page).map(|id| format!(r#"{{"id": "{id}"}}"#)).collect();
        format!(r#"{{"data": [{}]}}"#, records.join(","))
    }

    fn numbers(&self) -> Vec<u32> {
        self.asked.lock().unwrap().iter().map(|(_, number)| *number).collect()
    }
}

impl Transport for Source {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        let number =
            |(name, value): (_, std::borrow::Cow<'_, str>)| (name == "page").then(|| value.parse().unwrap());
        let number: u32 = request.url.query_pairs().find_map(number).unwrap_or(0);
        let n = {
            let mut asked = self.asked.lock().unwrap();
            asked.push((self.clock.elapsed(), number));
            asked.len() - 1
        };
        let (before, after) = self.latencies_ms[n % self.latencies_ms.len()];
        Box::pin(async move {
            self.clock.sleep(Duration::from_millis(before)).await;
            let (status, body) = match self.instead.get(&n) {
                Some((status, body)) => (*status, body.clone()),
                None => (200, self.read(number)),
            };
            self.clock.sleep(Duration::from_millis(after)).await;
            let (status, headers) = (StatusCode::from_u16(status).unwrap(), HeaderMap::new());
            Ok(HttpResponse { status, headers, body: Bytes::from(body) })
        })
    }
}

/// What came of a walk.
struct Walked {
    pages: Vec<Page>,
    end: Result<(), ExtractError>,
    source: Arc<Source>,
    n_counted: u64,
    failures: Vec<FailedResponse>,
}

impl Walked {
    fn ids(&self) -> Vec<u32> {
        let records = self.pages.iter().flat_map(|page| &page.records);
        records.map(|record| record.id.as_ref().unwrap().parse().unwrap()).collect()
    }

    fn n_asked(&self) -> usize {
        self.source.asked.lock().unwrap().len()
    }
}

/// Walks the whole of a source, each page made durable in 30 ms.
fn walk(source: Source, rate: f64, foreseen: Foreseen) -> Walked {
    walk_within(source, "numbered", rate, foreseen, Budget::default(), Stop::default())
}

fn walk_within(
    source: Source,
    stream_name: &str,
    rate: f64,
    foreseen: Foreseen,
    budget: Budget,
    stop: Stop,
) -> Walked {
    let source = Arc::new(source);
    let clock = Arc::clone(&source.clock);
    let extractor = extractor(budget, stop, Arc::clone(&source), Arc::clone(&clock));
    let mut stream = stream(stream_name);
    stream.rate_limit.requests_per_second = rate;
    let mut chain = extractor.pages(&stream, &params(), &Slice::Whole).unwrap();
    chain.foresee(foreseen);
    let mut pages = Vec::new();
    let end = clock.play(async {
        loop {
            match chain.next().await {
                Ok(Some(page)) => pages.push(page),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
            chain.beside(clock.sleep(Duration::from_millis(30))).await;
        }
    });
    Walked { pages, end, n_counted: chain.take_requests(), failures: chain.take_failures(), source }
}

/// Starts lie 3 % further apart than the limit asks for, so that is the least there can be. The first page is waited for
/// alone: it shows whether pages have numbers at all, and what is behind it is only trusted where it was there before. Of
/// a slow source with few pages that is seen, and so it is where nothing says whether the first page is full.
#[test]
fn the_rate_is_used_to_the_full_by_numbers() {
    let mut most_over = 0;
    for (rate, n_pages, latency_ms, most) in [
        (2.0, 70, 50, 1.05),
        (2.0, 70, 700, 1.05),
        (2.0, 70, 2000, 1.10),
        (2.0, 300, 50, 1.05),
        (2.0, 300, 700, 1.05),
        (2.0, 300, 2000, 1.05),
        (3.0, 300, 50, 1.05),
        (3.0, 300, 700, 1.05),
        (3.0, 300, 2000, 1.06),
    ] {
        let expected = Foreseen { records: Some(u64::from(n_pages) * 100), until: None };
        for (name, stream_name, foreseen) in [
            ("list", "listed", Foreseen::default()),
            ("listed_before", "numbered", expected),
            ("unknown", "numbered", Foreseen::default()),
        ] {
            let (source, budget) = (Source::new(n_pages * 100, 100, latency_ms), Budget::default());
            let walked = walk_within(source, stream_name, rate, foreseen, budget, Stop::default());
            walked.end.as_ref().unwrap();
            assert_eq!(walked.ids(), Vec::from_iter(0..n_pages * 100), "in order, all of them, none twice");
            let asked = walked.source.asked.lock().unwrap();
            let n = asked.len();
            let ideal = (n - 1) as f64 / rate;
            let ratio = (asked[n - 1].0 - asked[0].0).as_secs_f64() / ideal;
            let second = Duration::from_secs(1);
            let within =
                |at: Duration| asked.iter().filter(|(other, _)| at <= *other && *other < at + second).count();
            let peak = asked.iter().map(|(at, _)| within(*at)).max().unwrap();
            let over = peak.saturating_sub(rate as usize);
            let figure = format!("numbered_{name}_{n_pages}_pages_{rate}_a_second_{latency_ms}ms");
            println!("figure {figure}_time_over_ideal {ratio:.3}");
            println!("figure {figure}_requests {n}");
            assert!(ratio <= most, "{figure}: {ratio:.3}");
            most_over = most_over.max(over);
            // All pages, the empty one at the end, and what was under way when it came.
            let under_way = (latency_ms as f64 / 1000.0 * rate).ceil() as usize;
            let wasted = if foreseen == expected { 0 } else { under_way };
            assert!(n <= n_pages as usize + 1 + wasted, "{figure}: {n} requests");
        }
    }
    println!("figure numbered_requests_over_limit_at_most {most_over}");
    assert_eq!(most_over, 0);
}

/// What few pages cost: no more than what was under way when the end showed.
#[test]
fn few_pages_waste_little() {
    let mut most_wasted = 0;
    for latency_ms in [50, 700, 2000] {
        for n_records in [0, 1, 19, 20, 21, 40, 60, 100, 101, 400] {
            for stream_name in ["numbered", "listed"] {
                let source = Source::new(n_records, 20, latency_ms);
                let (nothing, budget) = (Foreseen::default(), Budget::default());
                let walked = walk_within(source, stream_name, 2.0, nothing, budget, Stop::default());
                walked.end.as_ref().unwrap();
                assert_eq!(walked.ids(), Vec::from_iter(0..n_records));
                let needed = n_records.div_ceil(20) as usize + 1;
                let wasted = walked.n_asked() - needed;
                assert!(
                    wasted <= 4 && walked.n_asked() * 4 <= needed * 5 + 40,
                    "{stream_name}: {n_records} at {latency_ms} ms: {:?}",
                    walked.source.numbers()
                );
                most_wasted = most_wasted.max(wasted);
                assert_eq!(walked.n_counted, walked.n_asked() as u64);
            }
        }
    }
    println!("figure numbered_requests_past_the_end_at_most {most_wasted}");
}

fn changes(with_deleted: bool) -> impl Strategy<Value = Vec<(u64, Change)>> {
    let change = prop_oneof![
        3 => Just(Change::New),
        2 => (0usize..500).prop_map(Change::Touched),
        if with_deleted { 3 } else { 0 } => (0usize..500).prop_map(Change::Deleted),
    ];
    proptest::collection::vec((0u64..20_000, change), 0..30)
}

fn moving_sources(with_deleted: bool) -> impl Strategy<Value = (Source, Vec<Change>)> {
    let latencies = proptest::collection::vec((0u64..3000, 0u64..1000), 1..9);
    let failures = proptest::collection::btree_set(0usize..60, 0..8);
    (0u32..500, 1usize..30, latencies, changes(with_deleted), failures).prop_map(
        |(n_records, page, latencies_ms, mut changes, failures)| {
            changes.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            let kinds = changes.iter().rev().map(|(_, change)| *change).collect();
            let changes = changes.into_iter().map(|(at, change)| (Duration::from_millis(at), change));
            let failures = failures.into_iter().map(|n| (n, (503, "busy".to_owned())));
            let source = Source {
                latencies_ms,
                changes: Mutex::new(changes.collect()),
                instead: failures.collect(),
                ..Source::new(n_records, page, 0)
            };
            (source, kinds)
        },
    )
}

/// The records that nothing happened to.
fn untouched(n_records: u32, changes: &[Change]) -> BTreeSet<u32> {
    let mut records: Vec<u32> = (0..n_records).collect();
    let mut touched = BTreeSet::new();
    for (n, change) in changes.iter().enumerate() {
        let len = records.len();
        match change {
            Change::New => records.insert(0, 2_000_000 + u32::try_from(n).unwrap()),
            Change::Touched(place) if len > 0 => {
                touched.insert(records[place % len]);
                records[..=place % len].rotate_right(1);
            }
            Change::Deleted(place) if len > 0 => {
                touched.insert(records.remove(place % len));
            }
            Change::Touched(_) | Change::Deleted(_) => {}
        }
    }
    (0..n_records).filter(|id| !touched.contains(id)).collect()
}

/// A list that has moved by whole pages looks like one that goes round in circles, to any walk by numbers.
fn is_sound(end: &Result<(), ExtractError>) -> bool {
    matches!(end, Ok(()) | Err(ExtractError::PaginationLoop { .. } | ExtractError::Unavailable { .. }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn records_that_come_while_pages_are_walked_hide_none((source, changes) in moving_sources(false), rate in 1.0f64..40.0) {
        let (n_records, page) = (source.records.lock().unwrap().len() as u32, source.page);
        let walked = walk(source, rate, Foreseen::default());
        prop_assert!(is_sound(&walked.end), "{:?}", walked.end);
        prop_assume!(walked.end.is_ok());
        let given: BTreeSet<u32> = walked.ids().into_iter().collect();
        let lost: Vec<u32> = untouched(n_records, &changes).difference(&given).copied().collect();
        prop_assert!(lost.is_empty(), "{:?} of {} by {}: asked {:?}", lost, n_records, page, walked.source.numbers());
    }

    /// What is deleted pulls one record past any walk by numbers, and no more than one.
    #[test]
    fn a_record_that_goes_hides_one_at_most((source, changes) in moving_sources(true), rate in 1.0f64..40.0) {
        let n_records = source.records.lock().unwrap().len() as u32;
        let walked = walk(source, rate, Foreseen::default());
        prop_assert!(is_sound(&walked.end), "{:?}", walked.end);
        prop_assume!(walked.end.is_ok());
        let given: BTreeSet<u32> = walked.ids().into_iter().collect();
        let n_lost = untouched(n_records, &changes).difference(&given).count();
        let n_deleted = changes.iter().filter(|change| matches!(change, Change::Deleted(_))).count();
        prop_assert!(n_lost <= n_deleted, "{} lost, {} deleted", n_lost, n_deleted);
    }
}

/// A record comes in front after page 4 was read and before page 3 was: the last record of page 3 is on page 4 by then.
#[test]
fn a_page_that_was_read_too_early_is_asked_for_again() {
    let slow_third = [(10, 10), (10, 10), (900, 10), (10, 10), (10, 10), (10, 10), (10, 10), (10, 10)];
    let source = Source {
        latencies_ms: slow_third.map(|(before, after)| (before + 1000, after)).to_vec(),
        changes: Mutex::new(vec![(Duration::from_millis(2600), Change::New)]),
        ..Source::new(200, 20, 0)
    };
    let walked = walk(source, 10.0, Foreseen { records: Some(200), until: None });
    walked.end.as_ref().unwrap();
    let given: BTreeSet<u32> = walked.ids().into_iter().collect();
    assert!((0..200).all(|id| given.contains(&id)), "{:?}", walked.source.numbers());
    let times = |number| walked.source.numbers().iter().filter(|asked| **asked == number).count();
    assert_eq!([times(2), times(3), times(4)], [1, 2, 2], "{:?}", walked.source.numbers());
    let seqs: Vec<u32> = walked.pages.iter().map(|page| page.seq).collect();
    assert_eq!(seqs, Vec::from_iter(1..=walked.pages.len() as u32), "pages are given out without gaps");
}

/// Asked for ahead, a page gets one attempt; more only once it is the next.
#[test]
fn a_source_in_trouble_meets_no_crowd() {
    let source = Source::new(2000, 20, 2000).instead(8, 1000, 503, "down");
    let walked = walk(source, 3.0, Foreseen::default());
    assert!(matches!(walked.end, Err(ExtractError::Unavailable { attempts: 6, .. })));
    let numbers = walked.source.numbers();
    let of_first = numbers.iter().filter(|number| **number == 9).count();
    assert_eq!((walked.pages.len(), of_first), (8, 6), "{numbers:?}");
    assert!(
        (10..40).all(|ahead| numbers.iter().filter(|number| **number == ahead).count() <= 1),
        "{numbers:?}"
    );
    assert!(numbers.len() <= 8 + 6 + 7, "{numbers:?}");
    assert_eq!(walked.n_counted, numbers.len() as u64);
    // Who looks for what the source said finds the answers for the page that was waited for.
    assert_eq!(walked.failures.len(), 6);
}

#[test]
fn a_failure_ahead_costs_one_more_attempt() {
    for (status, body) in [(503, "down"), (200, "<html>"), (429, "slow down"), (200, r#"{"data": [{"id"#)] {
        let source = Source::new(400, 20, 2000).instead(6, 1, status, body);
        let walked = walk(source, 3.0, Foreseen { records: Some(400), until: None });
        walked.end.as_ref().unwrap();
        assert_eq!(walked.ids(), Vec::from_iter(0..400), "{status}");
        assert_eq!(walked.n_asked(), 20 + 1 + 1, "{status}: {:?}", walked.source.numbers());
        assert_eq!(walked.failures.len(), 1);
    }
}

/// What is asked for past the end and turned down is no failure of the walk, which has ended in front of it.
#[test]
fn what_a_source_says_past_its_end_does_not_matter() {
    for status in [400, 404, 500] {
        let source = Source::new(100, 20, 2000).instead(6, 1000, status, "no such page");
        let walked = walk(source, 3.0, Foreseen::default());
        walked.end.as_ref().unwrap();
        assert_eq!(walked.ids(), Vec::from_iter(0..100));
        assert!(walked.n_asked() > 6, "nothing was asked for past the end: {:?}", walked.source.numbers());
    }
}

#[test]
fn an_answer_that_names_the_way_on_ends_the_counting() {
    let with = |tail: &str| format!(r#"{{"data": [{{"id": "a"}}]{tail}}}"#);
    for (tail, n_pages, asked_next) in
        [(r#", "nextCursor": "c""#, 4, Some(0)), (r#", "hasMore": false"#, 3, None)]
    {
        let source = Source::new(4000, 100, 2000).instead(2, 1, 200, &with(tail));
        let end = r#"{"data": [], "hasMore": false}"#;
        // All that is asked for behind it: pages ahead by their numbers, and the one the cursor leads to.
        let source = (3..40).fold(source, |source, n| source.instead(n, 1, 200, end));
        let (nothing, budget) = (Foreseen::default(), Budget::default());
        let walked = walk_within(source, "listed", 3.0, nothing, budget, Stop::default());
        walked.end.as_ref().unwrap();
        assert_eq!(walked.pages.len(), n_pages, "{tail}");
        assert_eq!(walked.source.numbers().into_iter().find(|number| *number == 0), asked_next, "{tail}");
    }
}

#[test]
fn budgets_and_stops_end_a_walk_behind_all_pages_that_were_paid_for() {
    for n in [1, 2, 7, 20] {
        let budget = Budget { max_requests: Some(n), ..Budget::default() };
        let source = Source::new(2000, 20, 2000);
        let walked = walk_within(source, "numbered", 3.0, Foreseen::default(), budget, Stop::default());
        let end = walked.end.as_ref().unwrap_err();
        assert!(matches!(end, ExtractError::Stopped { reason: StopReason::Requests, .. }), "{end}");
        assert_eq!((walked.n_asked() as u64, walked.pages.len() as u64), (n, n));
    }
    let budget = Budget { max_duration: Some(Duration::from_secs(10)), ..Budget::default() };
    let source = Source::new(2000, 20, 2000);
    let walked = walk_within(source, "numbered", 3.0, Foreseen::default(), budget, Stop::default());
    let end = walked.end.as_ref().unwrap_err();
    assert!(matches!(end, ExtractError::Stopped { reason: StopReason::Duration, .. }), "{end}");
    assert_eq!(walked.n_asked(), walked.pages.len());
    assert!(walked.pages.len() > 10, "{} pages", walked.pages.len());
}

#[test]
fn a_cap_on_pages_holds_ahead() {
    let source = Arc::new(Source::new(2000, 20, 2000));
    let clock = Arc::clone(&source.clock);
    let extractor = extractor(Budget::default(), Stop::default(), Arc::clone(&source), Arc::clone(&clock));
    let mut stream = stream("numbered");
    stream.pages.max_pages = 6;
    let mut chain = extractor.pages(&stream, &params(), &Slice::Whole).unwrap();
    let error = clock.play(async {
        loop {
            if let Err(error) = chain.next().await {
                return error;
            }
        }
    });
    assert!(matches!(error, ExtractError::PaginationLoop { page: 6, .. }), "{error}");
    assert_eq!(source.numbers(), [1, 2, 3, 4, 5, 6]);
}

/// Taken up at once, the pages behind those that have landed are asked for side by side; long after, the last one first.
#[test]
fn a_walk_taken_up_goes_on_ahead() {
    for (landed_at, first) in [("2025-06-01T00:00:00Z", 4), ("2025-05-31T00:00:00Z", 3)] {
        let source = Arc::new(Source::new(400, 20, 2000));
        let clock = Arc::clone(&source.clock);
        let extractor =
            extractor(Budget::default(), Stop::default(), Arc::clone(&source), Arc::clone(&clock));
        let mut chain = extractor.pages(&stream("numbered"), &params(), &Slice::Whole).unwrap();
        for number in 1..=3 {
            let url = format!("https://source.test/api/v2/agents/a1/convos?page={number}");
            chain.take_landed(&url, source.read(number).as_bytes()).unwrap();
        }
        assert!(chain.go_on(landed_at.parse().unwrap()));
        let n_pages = clock.play(async {
            let mut n_pages = 0;
            while let Some(page) = chain.next().await.unwrap() {
                n_pages += usize::from(!page.records.is_empty());
            }
            n_pages
        });
        assert_eq!(n_pages, 21 - first);
        let asked = source.asked.lock().unwrap();
        let numbers: Vec<u32> = asked.iter().map(|(_, number)| *number).collect();
        assert_eq!(
            numbers[..n_pages],
            Vec::from_iter(first as u32..=20),
            "nothing landed is asked for again"
        );
        let seconds = asked[n_pages - 1].0.as_secs_f64();
        assert!(seconds < 20.0, "one after the other: {seconds} s");
    }
}
