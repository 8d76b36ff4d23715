//! Windows pulled at once, at the pace the source allows and for no more requests than needed.

use std::collections::BTreeSet;
use std::time::Duration;

use convolake_simulator::{ChangeRequest, Corpus, RateLimit, SimulatorConfig, Stream};

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::lateness::Lateness;
use crate::rate_limit::holds_limit;
use crate::source::{PIPELINES, SMALL_PAGE, Source, tidy, unlimited};

/// In all at most 1.25 x records / largest page + 10 requests a stream.
pub(crate) fn most_requests(n_records: usize, largest_page: usize) -> usize {
    n_records * 5 / (largest_page * 4) + 10
}

/// A full pull, from years in which there is nothing on.
#[test]
fn requests_stay_within_their_bound() {
    for (name, conversations, page_cap) in [
        ("one_conversation", 1, None),
        ("dense", 150, Some(SMALL_PAGE)),
        ("sparse", 150, Some(100)),
        ("very_sparse", 400, None),
    ] {
        let source =
            Source::start(SimulatorConfig { page_cap, ..unlimited(Corpus::Generated(tidy(conversations))) });
        let lake = Lake::new();
        for (pipeline, streams) in PIPELINES {
            Convolake::pull(pipeline, &source, &lake).ends(0);
            for stream in streams {
                lake.holds_all(&source, stream);
                let requests = source.requests(stream);
                let largest = requests.iter().map(|request| request.records).max().unwrap().max(1);
                let n_records = source.ids(stream).len();
                let needed = n_records.div_ceil(largest).max(1);
                let bound = most_requests(n_records, largest);
                let (n, stream) = (requests.len(), stream.name());
                println!("figure full_pull_{name}_pages_{stream} {needed}");
                println!("figure full_pull_{name}_requests_{stream} {n}");
                println!(
                    "figure full_pull_{name}_requests_per_page_{stream} {:.3}",
                    n as f64 / needed as f64
                );
                assert!(n <= bound, "{stream}: {n} requests, {bound} allowed");
            }
        }
    }
}

/// 1 % of the conversations went on since the last run.
#[test]
fn an_incremental_run_asks_for_little() {
    let source = Source::tidy(1000);
    let lake = Lake::new();
    // Generated conversations end in February, so AgentX's clock stands there; Convocore's list is newest first, and there
    // what went on went on just now.
    let agentx = |until: &str| {
        Convolake::pull("agentx", &source, &lake).args(&["--until", until]).ends(0);
    };
    let convocore = || Convolake::pull("convocore", &source, &lake).ends(0);
    agentx("2025-03-01T00:00:00Z");
    let at = "2025-03-01T10:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
    let change = |at| source.running.change(ChangeRequest { percent: 1.0, seed: 1, at });
    let n_agentx = change(Some(at)).agentx.len();
    convocore();
    let n_convocore = change(None).convocore.len();
    source.forget();
    agentx("2025-03-01T12:00:00Z");
    convocore();
    for (stream, n_changed, page, most) in [
        // Two days are one window; and conversations that go on are looked at again, in eight windows at most.
        (Stream::AgentxConversations, n_agentx, 1000, 1 + 8),
        (Stream::AgentxMessages, n_agentx, 1000, 1),
        // Up to a page that lies behind the lookback as a whole.
        (Stream::ConvocoreList, n_convocore, 100, 1 + 1),
        (Stream::ConvocoreExport, n_convocore, 20, n_convocore.div_ceil(20)),
    ] {
        let (n, needed, stream) = (source.requests(stream).len(), n_changed.div_ceil(page), stream.name());
        println!("figure incremental_changed_{stream} {n_changed}");
        println!("figure incremental_requests_{stream} {n}");
        println!("figure incremental_requests_per_page_{stream} {:.3}", n as f64 / needed as f64);
        assert!((1..=most).contains(&n), "{stream}: {n} requests for {n_changed} changed records");
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
    holds_limit(&requests, rate, late);
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
