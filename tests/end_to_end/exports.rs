//! Everything that is served stands in the lake, value for value, and every reader sees it.

use convolake_simulator::{Corpus, ListMode, SimulatorConfig, WindowEnd};

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::python;
use crate::source::{PIPELINES, Source, exports, odd, tidy, unlimited};

/// Pulls both pipelines into one lake.
fn check(config: SimulatorConfig) -> Lake {
    let page_cap = config.page_cap.unwrap_or(usize::MAX);
    let source = Source::start(config);
    let lake = Lake::new();
    for (pipeline, streams) in PIPELINES {
        let ended = Convolake::pull(pipeline, &source, &lake).ends(0);
        assert_eq!(ended.report()["outcome"], "done", "{ended}");
        for stream in streams {
            lake.holds_all(&source, stream);
            let served = source.running.ledger().served(stream).total;
            let largest = source.requests(stream).iter().map(|request| request.records).max();
            let largest = largest.unwrap_or(0).clamp(1, page_cap) as u64;
            let requests = source.requests(stream).len() as u64;
            let most = (served * 5 / 4).div_ceil(largest) + 10;
            assert!(
                requests <= most,
                "{}: {requests} requests for {served} records, {largest} a page; {most} would do",
                stream.name()
            );
        }
        python::rebuilds(&source, &streams, &lake);
    }
    lake
}

#[test]
fn real_dialogues() {
    let Some(folder) = exports() else { return };
    python::readers_agree(&check(unlimited(Corpus::Folder(folder))));
}

#[test]
fn odd_values() {
    python::readers_agree(&check(unlimited(Corpus::Generated(odd(600)))));
}

#[test]
fn other_habits_of_servers() {
    check(SimulatorConfig {
        list_mode: ListMode::Cursor,
        window_end: WindowEnd::Inclusive,
        page_cap: Some(17),
        compression: false,
        ..unlimited(Corpus::Generated(tidy(200)))
    });
}

#[test]
fn nothing_at_all() {
    check(unlimited(Corpus::Generated(tidy(0))));
}
