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

/// No more requests have arrived in any half-open second than the limit allows. A request may have been held up on its way,
/// and the one after it not: where it leaves the run, in between, and where the source takes it in, each time by as much
/// as this machine lets others be late.
#[track_caller]
pub(crate) fn holds_limit(requests: &[RequestEntry], rate: usize, late: Duration) {
    let arrivals: Vec<f64> = requests.iter().map(|request| request.arrived_ms).collect();
    let late_ms = late.as_secs_f64() * 1000.0;
    let pairs = arrivals.iter().zip(arrivals.iter().skip(rate));
    let least_ms = pairs.map(|(first, next)| next - first).fold(f64::INFINITY, f64::min);
    assert!(least_ms >= 1000.0 - 3.0 * late_ms, "{} requests in {least_ms} ms, {late_ms} ms late", rate + 1);
    // Otherwise the source was right to refuse some.
    if least_ms >= 1000.0 {
        let refused = requests.iter().filter(|request| request.status == 429).count();
        assert_eq!(refused, 0, "answers of 429");
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
