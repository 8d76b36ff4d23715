//! The documented limit of 3 requests a second, held by both sides.

use std::time::Duration;

use convolake_simulator::{Corpus, RequestEntry, SimulatorConfig};

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::lateness::Lateness;
use crate::source::{PIPELINES, Source, tidy};

#[test]
fn a_limit_is_used_and_never_passed() {
    let source = Source::start(SimulatorConfig {
        page_cap: Some(100),
        ..SimulatorConfig::new(Corpus::Generated(tidy(60)))
    });
    let lake = Lake::new();
    let lateness = Lateness::watch();
    // Only the address and the bot are set: the limit is the pipeline's own.
    Convolake::run("agentx", &source.base_url(), &lake).ends(0);
    let late = lateness.most();
    for stream in PIPELINES[0].1 {
        lake.holds_all(&source, stream);
        holds_limit(&source.requests(stream), 3, late);
    }
}

/// The limit was held, and the source refused nothing that was within it.
#[track_caller]
pub(crate) fn holds_limit(requests: &[RequestEntry], rate: usize, late: Duration) {
    let arrivals_ms: Vec<f64> = requests.iter().map(|request| request.arrived_ms).collect();
    if let Some(how) = too_fast(&arrivals_ms, rate, late) {
        panic!("{how}");
    }
    // The source is right to refuse a request that comes within a second of one too many before it, and no other.
    let too_soon = stretches_ms(&arrivals_ms, rate).filter(|stretch_ms| *stretch_ms < 1000.0).count();
    let refused = requests.iter().filter(|request| request.status == 429).count();
    assert!(refused <= too_soon, "{refused} answers of 429, {too_soon} requests too soon");
}

/// The most that the machine may have been late: beyond it a missing limit would look like a busy machine.
const LATE_MAX: Duration = Duration::from_millis(250);

/// Where more requests have arrived in any half-open second than the limit allows, or in any number of seconds.
///
/// A request may have been held up on its way, and the one after it not: where it leaves the run, in between, and where the
/// source takes it in, each time by as much as the machine is late. A stretch of time is shorter by that once, however long
/// it is, so that a pace above the limit shows in the long ones on any machine.
fn too_fast(arrivals_ms: &[f64], rate: usize, late: Duration) -> Option<String> {
    let allowance_ms = 3.0 * late.min(LATE_MAX).as_secs_f64() * 1000.0;
    (1..=arrivals_ms.len() / rate).find_map(|n_seconds| {
        let n_requests = n_seconds * rate;
        let least_ms = stretches_ms(arrivals_ms, n_requests).fold(f64::INFINITY, f64::min);
        let is_too_fast = least_ms < 1000.0 * n_seconds as f64 - allowance_ms;
        is_too_fast.then(|| format!("{} requests in {least_ms} ms, {late:?} late", n_requests + 1))
    })
}

/// The time from each request to the one that is so many requests later.
fn stretches_ms(arrivals_ms: &[f64], n_requests: usize) -> impl Iterator<Item = f64> {
    arrivals_ms.iter().zip(arrivals_ms.iter().skip(n_requests)).map(|(first, next)| next - first)
}

#[test]
fn a_pace_above_the_limit_is_seen_on_a_machine_of_any_lateness() {
    let each_ms =
        |spacing_ms: f64| -> Vec<f64> { (0..40).map(|request| f64::from(request) * spacing_ms).collect() };
    let at_once = vec![0.0; 4];
    let held_up = vec![0.0, 330.0, 660.0, 900.0, 1320.0];
    for (arrivals_ms, late_ms, expected) in [
        (each_ms(334.0), 0, false),
        (each_ms(334.0), 60_000, false),
        (each_ms(250.0), 0, true),
        (each_ms(250.0), 60_000, true),
        (at_once, 60_000, true),
        (held_up.clone(), 0, true),
        (held_up, 50, false),
    ] {
        let found = too_fast(&arrivals_ms, 3, Duration::from_millis(late_ms));
        assert_eq!(found.is_some(), expected, "{late_ms} ms late: {found:?} of {arrivals_ms:?}");
    }
}

/// A day's quota is kept in the lake: the second run of the day has what the first left, and goes on behind it.
#[test]
fn a_quota_ends_runs_and_is_remembered() {
    let source = Source::of_small_pages(60);
    let lake = Lake::new();
    let pull = |quota: &str| {
        Convolake::pull("convocore", &source, &lake)
            .set(&format!("rate_limit.quota={quota}"))
            .args(&["--stream", "list"])
    };
    let list = PIPELINES[1].1[0];
    pull("3/day").ends(75).says(&["quota"]);
    assert_eq!(source.requests(list).len(), 3);
    pull("5/day").ends(75);
    assert_eq!(source.requests(list).len(), 5);
    pull("5/day").ends(75);
    assert_eq!(source.requests(list).len(), 5);
    pull("50/day").ends(0);
    lake.holds_all(&source, list);
    let queries: Vec<String> = source.requests(list).into_iter().map(|request| request.query).collect();
    let distinct: std::collections::BTreeSet<&String> = queries.iter().collect();
    assert_eq!(distinct.len(), queries.len(), "no page was asked for twice");
}
