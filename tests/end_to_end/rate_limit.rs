//! The documented limit of 3 requests a second, held by both sides.

use convolake_simulator::{Corpus, SimulatorConfig};

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::source::{PIPELINES, Source, tidy};

#[test]
fn a_limit_is_used_and_never_passed() {
    let source = Source::start(SimulatorConfig {
        page_cap: Some(100),
        ..SimulatorConfig::new(Corpus::Generated(tidy(60)))
    });
    let lake = Lake::new();
    // Only the address and the bot are set: the limit is the pipeline's own.
    Convolake::run("agentx", &source.base_url(), &lake).ends(0);
    for stream in PIPELINES[0].1 {
        lake.holds_all(&source, stream);
        let refused = source.requests(stream).iter().filter(|request| request.status == 429).count();
        assert_eq!(refused, 0, "{}: answers of 429", stream.name());
        assert!(source.running.ledger().peak_per_second(stream) <= 3, "{}", stream.name());
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
