//! Pages of a numbered stream, asked for ahead of their turn at a source whose answers take their time.

use std::collections::BTreeSet;
use std::time::Duration;

use convolake_simulator::{ChangeRequest, Corpus, RateLimit, SimulatorConfig};

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::lateness::Lateness;
use crate::side_by_side::{most_requests, tell_pace};
use crate::source::{PIPELINES, SMALL_PAGE, Source, lately, tidy, unlimited};
use crate::until::until;

fn slow(conversations: u64, latency_ms: u64, rate: Option<usize>) -> Source {
    Source::start(SimulatorConfig {
        page_cap: Some(SMALL_PAGE),
        latency: Duration::from_millis(latency_ms),
        convocore_rate: rate.map(RateLimit::per_second),
        ..unlimited(Corpus::Generated(tidy(conversations)))
    })
}

/// A tenth of the real times: ten times the rate of the pipeline at a tenth of the latency is the same play.
#[test]
fn the_rate_is_used_whatever_the_latency() {
    let (pipeline, streams) = PIPELINES[1];
    let rate = 20;
    for latency_ms in [5, 70, 200] {
        let source = slow(400, latency_ms, Some(rate));
        let lake = Lake::new();
        let lateness = Lateness::watch();
        Convolake::run(pipeline, &source.base_url(), &lake)
            .set(&format!("rate_limit.requests_per_second={rate}"))
            .ends(0);
        let late = lateness.most();
        for stream in streams {
            lake.holds_all(&source, stream);
            let requests = source.requests(stream);
            let bound = most_requests(source.ids(stream).len(), SMALL_PAGE);
            assert!(requests.len() <= bound, "{}: {} requests", stream.name(), requests.len());
            let figure = format!("{}_{}ms", stream.name(), latency_ms * 10);
            let seconds = tell_pace(&source, stream, rate, &figure);
            let one_after_the_other = (requests.len() * latency_ms as usize) as f64 / 1000.0;
            // On a busy machine the rest of the work takes its time as well.
            if latency_ms == 200 && late < Duration::from_millis(100) {
                assert!(seconds < 0.7 * one_after_the_other, "{figure}: {seconds} s");
            }
        }
    }
}

/// Conversations go on while the list and the export are walked: those that do come to the front, and all in front of
/// them move back by one. None of the others is missed, and the next run brings those that moved.
#[test]
fn records_that_move_meanwhile_hide_none() {
    let (pipeline, streams) = PIPELINES[1];
    let source = slow(400, 60, None);
    let pull =
        |lake: &Lake| Convolake::pull(pipeline, &source, lake).set("rate_limit.requests_per_second=100");
    let lake = Lake::new();
    let n_requests = || source.running.ledger().requests().len();
    let mut run = pull(&lake).start();
    let mut moved = BTreeSet::new();
    let mut n_changes = 0;
    for seed in 1..=12 {
        let made = n_requests();
        until("some more pages are asked for or the run ends", || {
            n_requests() >= made + 6 || run.has_ended()
        });
        if run.has_ended() {
            break;
        }
        moved.extend(source.running.change(ChangeRequest { percent: 0.5, seed, at: lately() }).convocore);
        n_changes += 1;
    }
    run.ends(0);
    assert!(n_changes >= 6, "only {n_changes} changes came meanwhile");
    for (table, stream) in ["leads", "conversations"].into_iter().zip(streams) {
        let rows = lake.rows(table);
        let held: BTreeSet<String> =
            rows.iter().map(|row| row["conversation_id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(rows.len(), held.len(), "{table}: doubled rows");
        let lost: Vec<String> = source.ids(stream).difference(&held).cloned().collect();
        assert!(lost.iter().all(|id| moved.contains(id)), "{table}: {lost:?} were never in motion");
    }
    pull(&lake).ends(0);
    let whole = Lake::new();
    pull(&whole).ends(0);
    lake.holds_just(&whole.contents());
}

/// An incremental run looks no further back than it has to, however slow the answers are.
#[test]
fn a_list_that_is_known_is_not_walked_ahead() {
    let (pipeline, streams) = PIPELINES[1];
    let source = slow(200, 100, None);
    let lake = Lake::new();
    let pull = || Convolake::pull(pipeline, &source, &lake).set("rate_limit.requests_per_second=100");
    pull().ends(0);
    source.forget();
    pull().ends(0);
    let requests = streams.map(|stream| source.requests(stream).len());
    assert_eq!(requests, [1, 0], "nothing has changed");
}
