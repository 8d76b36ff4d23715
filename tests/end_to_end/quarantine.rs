//! Records that cannot become rows are kept with the reason, and cost their neighbours nothing.

use convolake_simulator::{Corpus, Generator};
use serde_json::Value;

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::python;
use crate::source::{PIPELINES, Source, tidy, unlimited};

fn with_broken_records() -> Source {
    Source::start(unlimited(Corpus::Generated(Generator { broken_share: 0.1, ..tidy(100) })))
}

#[test]
fn broken_records_are_kept_apart() {
    let source = with_broken_records();
    let lake = Lake::new();
    for (pipeline, streams) in PIPELINES {
        let ended = Convolake::pull(pipeline, &source, &lake).ends(65);
        assert_eq!(ended.report()["outcome"], "quarantined", "{ended}");
        for stream in streams {
            lake.holds_all(&source, stream);
        }
        python::rebuilds(&source, &streams, &lake);

        let broken: usize = streams.iter().map(|stream| source.n_without_id(*stream)).sum();
        assert!(broken > 0);
        let lines = lake.quarantined(pipeline);
        // The page of a window that was given back comes again in those it is cut into.
        assert!((broken..2 * broken).contains(&lines.len()), "{} lines of {broken}; {ended}", lines.len());
        for line in lines {
            for name in ["reason", "pointer", "page"] {
                assert!(line[name].is_string(), "{name} of {line}");
            }
            assert!(!line["reason"].as_str().unwrap().is_empty(), "{line}");
            assert!(line.get("record").is_some(), "{line}");
            is_a_line_of_the_raw_zone(&lake, line["page"].as_str().unwrap());
        }
    }
}

#[test]
fn a_record_known_to_be_broken_alarms_once() {
    let source = with_broken_records();
    for (pipeline, _) in PIPELINES {
        let lake = Lake::new();
        Convolake::pull(pipeline, &source, &lake).ends(65);
        Convolake::pull(pipeline, &source, &lake).ends(0);
    }
}

#[track_caller]
fn is_a_line_of_the_raw_zone(lake: &Lake, page: &str) {
    let (object, line) = page.rsplit_once('#').unwrap_or_else(|| panic!("{page} is no object#line"));
    let file = std::fs::File::open(lake.path().join(object)).unwrap();
    let text = zstd::decode_all(file).unwrap();
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let landed: Value = serde_json::from_slice(lines[line.parse::<usize>().unwrap() - 1]).unwrap();
    assert_eq!(landed["status"], 200, "{page}");
}
