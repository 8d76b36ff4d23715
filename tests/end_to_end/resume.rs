//! A run that dies, or is stopped, goes on where it was.

use std::collections::BTreeMap;

use convolake_simulator::{Fault, FaultKind, Stream};

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::python;
use crate::source::{PIPELINES, Source};
use crate::until::until;

/// Pages of a stream that were given out more than once, each counted as often as it came again: the most of any slice.
pub(crate) fn repeated(source: &Source, stream: Stream) -> usize {
    let mut pages: BTreeMap<String, usize> = BTreeMap::new();
    for request in source.requests(stream).into_iter().filter(|request| request.status == 200) {
        *pages.entry(request.query).or_default() += 1;
    }
    let mut slices: BTreeMap<String, usize> = BTreeMap::new();
    for (query, n) in pages {
        let is_of_page = |pair: &&str| pair.starts_with("cursor=") || pair.starts_with("page=");
        let slice: Vec<&str> = query.split('&').filter(|pair| !is_of_page(pair)).collect();
        *slices.entry(slice.join("&")).or_default() += n - 1;
    }
    slices.into_values().max().unwrap_or_default()
}

#[test]
fn a_killed_run_goes_on_at_the_page_it_had_reached() {
    for (pipeline, streams) in PIPELINES {
        let source = Source::of_small_pages(150);
        let whole = Lake::new();
        Convolake::pull(pipeline, &source, &whole).ends(0);
        let expected = whole.contents();
        for n_pages in [1, 2, 6] {
            source.forget();
            let lake = Lake::new();
            // Two crashes: the second run dies as well, further on.
            for n_pages in [n_pages, 2 * n_pages] {
                let killed = Convolake::pull(pipeline, &source, &lake).start();
                until("some pages are served", || {
                    let pages = source.requests(streams[1]).into_iter().filter(|request| request.records > 0);
                    pages.count() >= n_pages
                });
                killed.kill();
            }
            let ended = Convolake::pull(pipeline, &source, &lake).ends(0);
            for stream in streams {
                // One request of each slice is under way when a run dies; both runs died in the same slice.
                let repeated = repeated(&source, stream);
                assert!(repeated <= 2, "{}: {repeated} pages again; {ended}", stream.name());
                lake.holds_all(&source, stream);
            }
            lake.holds_just(&expected);
            let before = lake.contents();
            Convolake::replay(pipeline, &lake).ends(0);
            lake.holds_just(&before);
            if n_pages == 6 {
                python::rebuilds(&source, &streams, &lake);
            }
        }
    }
}

/// The source goes away in the middle of each stream; the next run asks for nothing it has.
#[test]
fn a_stopped_run_goes_on_at_the_page_it_had_reached() {
    for (pipeline, streams) in PIPELINES {
        for stopped in streams {
            let source = Source::of_small_pages(80);
            let lake = Lake::new();
            let gone = FaultKind::Status { code: 402, retry_after: None, body: None };
            source.fault(Fault::new(stopped, 4, 1_000_000, gone));
            let ended = Convolake::pull(pipeline, &source, &lake).ends(77);
            assert_eq!(watermark(&ended, stopped), None, "{ended}");
            source.running.clear_faults();

            let ended = Convolake::pull(pipeline, &source, &lake).ends(0);
            for stream in streams {
                lake.holds_all(&source, stream);
                assert_eq!(repeated(&source, stream), 0, "{}: pages again; {ended}", stream.name());
            }
            assert_ne!(watermark(&ended, stopped), None, "{ended}");
            // What was exported while the list was away is exported under its hash once more.
            if stopped != Stream::ConvocoreList {
                assert_eq!(ended.total("rows_changed"), 0, "{ended}");
            }
        }
    }
}

fn watermark(ended: &crate::convolake::Ended, stream: Stream) -> Option<String> {
    let report = ended.report();
    let streams = report["streams"].as_array().cloned().unwrap_or_default();
    let of = |report: &&serde_json::Value| stream.name().ends_with(report["stream"].as_str().unwrap_or("?"));
    streams.iter().find(of)?["watermark"].as_str().map(str::to_owned)
}
