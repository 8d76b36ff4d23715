//! Windows pulled at once, at the pace the source allows and for no more requests than needed.

use std::collections::BTreeSet;
use std::time::Duration;

use convolake_simulator::{Corpus, RateLimit, SimulatorConfig, Stream};

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::lateness::Lateness;
use crate::rate_limit::holds_limit;
use crate::source::{PIPELINES, Source, tidy, unlimited};

/// In all at most 1.25 x records / largest page + 10 requests a stream.
pub(crate) fn most_requests(n_records: usize, largest_page: usize) -> usize {
    n_records * 5 / (largest_page * 4) + 10
}

#[test]
fn requests_stay_within_their_bound() {
    for (conversations, page_cap) in [(1, None), (150, Some(10)), (150, Some(100)), (400, None)] {
        let source =
            Source::start(SimulatorConfig { page_cap, ..unlimited(Corpus::Generated(tidy(conversations))) });
        let lake = Lake::new();
        Convolake::pull("agentx", &source, &lake).ends(0);
        for stream in PIPELINES[0].1 {
            lake.holds_all(&source, stream);
            let requests = source.requests(stream);
            let largest = requests.iter().map(|request| request.records).max().unwrap().max(1);
            let n_records = source.ids(stream).len();
            let needed = n_records.div_ceil(largest);
            let bound = most_requests(n_records, largest);
            println!(
                "figure requests_per_page_{}_{conversations}_{largest} {:.3}",
                stream.name(),
                requests.len() as f64 / needed.max(1) as f64
            );
            assert!(
                requests.len() <= bound,
                "{}: {} requests, {bound} allowed",
                stream.name(),
                requests.len()
            );
        }
    }
}

#[test]
fn an_incremental_run_asks_for_little() {
    let source = Source::tidy(1000);
    let lake = Lake::new();
    let pull = || Convolake::pull("agentx", &source, &lake);
    pull().args(&["--until", "2025-03-01T00:00:00Z"]).ends(0);
    let at = "2025-03-01T10:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
    drop(source.running.change(convolake_simulator::ChangeRequest { percent: 1.0, seed: 1, at: Some(at) }));
    source.forget();
    pull().args(&["--until", "2025-03-01T12:00:00Z"]).ends(0);
    for stream in PIPELINES[0].1 {
        println!("figure requests_incremental_{} {}", stream.name(), source.requests(stream).len());
        // Two days are one window; and conversations that go on are looked at again, in eight windows at most.
        let most = if stream == Stream::AgentxConversations { 9 } else { 1 };
        assert!(source.requests(stream).len() <= most, "{}", stream.name());
    }
}

/// The pace of a source whose answers take their time. A tenth of the real times: ten times the rate at a tenth of the
/// latency is the same play.
#[test]
fn the_allowed_rate_is_used_whatever_the_latency() {
    for latency_ms in [5, 70, 200] {
        let figure = format!("{}ms", latency_ms * 10);
        pace(30, Duration::from_millis(latency_ms), 10, 400, &figure);
    }
}

/// The documented 3 requests a second at 700 ms, in real time.
#[test]
fn the_documented_rate_is_used() {
    pace(3, Duration::from_millis(700), 40, 170, "real_700ms");
}

fn pace(rate: usize, latency: Duration, page_cap: usize, conversations: u64, figure: &str) {
    let source = Source::start(SimulatorConfig {
        page_cap: Some(page_cap),
        latency,
        agentx_rate: Some(RateLimit::per_second(rate)),
        ..SimulatorConfig::new(Corpus::Generated(tidy(conversations)))
    });
    let lake = Lake::new();
    let lateness = Lateness::watch();
    Convolake::run("agentx", &source.base_url(), &lake)
        .set(&format!("rate_limit.requests_per_second={rate}"))
        .args(&["--stream", "messages", "--from", "2024-12-01", "--until", "2025-03-01"])
        .ends(0);
    lake.holds_all(&source, Stream::AgentxMessages);
    let requests = source.requests(Stream::AgentxMessages);
    let windows: BTreeSet<&str> =
        requests.iter().filter_map(|request| request.query.split("start_time=").nth(1)).collect();
    assert!(windows.len() > 4, "one chain only: {windows:?}");
    let late = lateness.most();
    tell_pace(&source, Stream::AgentxMessages, rate, figure);
    // A tenth of the time leaves a busy machine too little of it: such a play is told of and not judged.
    if rate <= 3 {
        holds_limit(&requests, rate, late);
    }
}

/// Tells how well a stream's requests used the rate; the seconds from the first to the last.
pub(crate) fn tell_pace(source: &Source, stream: Stream, rate: usize, figure: &str) -> f64 {
    let requests = source.requests(stream);
    let arrivals = || requests.iter().map(|request| request.arrived_ms);
    let seconds = (arrivals().fold(0.0, f64::max) - arrivals().fold(f64::MAX, f64::min)) / 1000.0;
    let ideal = (requests.len() - 1) as f64 / rate as f64;
    let peak = source.running.ledger().peak_per_second(stream);
    let refused = requests.iter().filter(|request| request.status == 429).count();
    println!("figure extract_requests_{figure} {}", requests.len());
    println!("figure extract_time_over_ideal_{figure} {:.3}", seconds / ideal);
    println!("figure extract_requests_over_limit_{figure} {}", peak.saturating_sub(rate));
    println!("figure extract_429_{figure} {refused}");
    seconds
}
