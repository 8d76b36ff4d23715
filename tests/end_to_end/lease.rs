//! Two runs of one pipeline never both write.

use convolake_simulator::{Fault, FaultKind, Stream};

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::source::Source;
use crate::until::until;

#[test]
fn a_second_run_beside_a_live_one_is_turned_away_and_a_dead_one_blocks_nobody() {
    let source = Source::tidy(20);
    let lake = Lake::new();
    source.fault(Fault::new(Stream::AgentxMessages, 1, 1, FaultKind::Delay { ms: 600_000 }));
    let first = Convolake::pull("agentx", &source, &lake).start();
    until("the first run asks", || !source.requests(Stream::AgentxMessages).is_empty());

    let second = Convolake::pull("agentx", &source, &lake).ends(75);
    second.says(&["lease"]);
    // Another pipeline has a lease of its own.
    Convolake::pull("convocore", &source, &lake).ends(0);

    first.kill();
    source.running.clear_faults();
    Convolake::pull("agentx", &source, &lake).ends(0);
    lake.holds_all(&source, Stream::AgentxMessages);
}
