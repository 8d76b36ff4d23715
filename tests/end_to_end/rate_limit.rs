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
