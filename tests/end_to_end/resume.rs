//! A run that dies, or is stopped, goes on where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use convolake_simulator::{Corpus, Fault, FaultKind, SimulatorConfig, Stream};

use crate::convolake::Convolake;
use crate::kills::point::Dice;
use crate::lake::{Contents, Lake, files_below};
use crate::python;
use crate::source::{PIPELINES, SMALL_PAGE, Source, tidy, unlimited};
use crate::until::until;

/// Pages of a stream that were given out more than once, each counted as often as it came again: the most of any slice.
pub(crate) fn repeated(source: &Source, stream: Stream) -> usize {
    let mut pages: BTreeMap<String, usize> = BTreeMap::new();
    let pulled = source.requests(stream).into_iter().filter(|request| request.status == 200);
    for request in pulled.filter(|request| !is_moment(&request.query)) {
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

/// True for a window of a second at most: what has passed since the run before is a slice of its own, and where runs follow
/// each other within a second several of these have the same bounds in whole seconds.
fn is_moment(target: &str) -> bool {
    let bound = |name: &str| {
        let pairs = target.split(['?', '&']);
        let value = pairs.filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).next()?;
        value.parse::<i64>().ok()
    };
    bound("start_time").zip(bound("end_time")).is_some_and(|(from, until)| until - from <= 1)
}

/// What is asked for again though its answer had landed, among the requests behind so many.
fn asked_again(source: &Source, made: usize, landed: &BTreeSet<String>) -> Vec<String> {
    let asked = source.running.ledger().requests().into_iter().skip(made);
    let asked = asked.map(|request| format!("{}?{}", request.path, request.query));
    asked.filter(|target| landed.contains(target) && !is_moment(target)).collect()
}

/// Pages of one numbered slice that may be under way at once, or have come and not yet landed.
const UNDER_WAY_MAX: usize = 16;
/// Crashes of one pull, each further on than the one before.
const KILLS: usize = 3;
/// Crashes of all pulls together, at the least: half of what there are where no run comes to its end before its kill.
const KILLS_LEAST: usize = 12;

/// What is counted over all kills.
#[derive(Debug, Default)]
struct Counts {
    kills: usize,
    /// Landed pages that were asked for once more.
    landed_again: Vec<String>,
    /// Of any window, by the kills it went through.
    again_per_window: f64,
    /// Of any numbered slice, by the kills it went through.
    again_per_numbered: f64,
    lost: usize,
    doubled: usize,
}

/// At a source that answers at once there is hardly ever more than one page of a slice under way; at a slow one there are
/// several.
#[test]
fn a_killed_run_goes_on_at_the_page_it_had_reached() {
    let mut counts = Counts::default();
    let mut dice = Dice::new(5);
    for (pipeline, streams) in PIPELINES {
        for latency_ms in [0, 40] {
            let source = Source::start(SimulatorConfig {
                page_cap: Some(SMALL_PAGE),
                latency: Duration::from_millis(latency_ms),
                ..unlimited(Corpus::Generated(tidy(150)))
            });
            let pull = |lake: &Lake| {
                Convolake::pull(pipeline, &source, lake).set("rate_limit.requests_per_second=200")
            };
            let whole = Lake::new();
            pull(&whole).ends(0);
            let expected = whole.contents();
            let n_requests = || source.running.ledger().requests().len();
            for is_last in [false, true] {
                source.forget();
                let lake = Lake::new();
                let mut known = BTreeSet::new();
                let mut kills = 0;
                loop {
                    let made = n_requests();
                    let more = 1 + usize::try_from(dice.below(9)).unwrap();
                    let mut run = pull(&lake).start();
                    if kills < KILLS {
                        until("some pages more are asked for or the run ends", || {
                            n_requests() >= made + more || run.has_ended()
                        });
                    }
                    let is_last = kills == KILLS || run.has_ended();
                    match is_last {
                        true => drop(run.ends(0)),
                        false => run.kill(),
                    }
                    counts.landed_again.extend(asked_again(&source, made, &known));
                    // A run that came to its end leaves nothing to go on with: the next one begins anew.
                    if is_last {
                        break;
                    }
                    kills += 1;
                    known = landed(&lake, pipeline);
                }
                counts.kills += kills;
                for stream in streams {
                    let again = repeated(&source, stream) as f64 / kills.max(1) as f64;
                    let most = match pipeline {
                        "agentx" => &mut counts.again_per_window,
                        _ => &mut counts.again_per_numbered,
                    };
                    *most = most.max(again);
                    lake.holds_all(&source, stream);
                }
                let found = lake.contents();
                counts.lost += n_more(&expected, &found);
                counts.doubled += n_more(&found, &expected);
                if is_last {
                    Convolake::replay(pipeline, &lake).ends(0);
                    lake.holds_just(&found);
                    python::rebuilds(&source, &streams, &lake);
                }
            }
        }
    }
    println!("figure kills_at_random_pages {}", counts.kills);
    println!("figure kill_landed_pages_asked_for_again {}", counts.landed_again.len());
    println!("figure kill_requests_repeated_per_kill_and_window {:.2}", counts.again_per_window);
    println!("figure kill_requests_repeated_per_kill_and_numbered_slice {:.2}", counts.again_per_numbered);
    println!("figure kill_at_random_pages_rows_lost {}", counts.lost);
    println!("figure kill_at_random_pages_rows_doubled {}", counts.doubled);
    assert!(counts.kills >= KILLS_LEAST, "{counts:?}");
    assert!(counts.landed_again.is_empty(), "{counts:?}");
    assert_eq!((counts.lost, counts.doubled), (0, 0), "{counts:?}");
    assert!(counts.again_per_window <= 1.0, "{counts:?}");
    assert!(counts.again_per_numbered <= UNDER_WAY_MAX as f64, "{counts:?}");
}

/// Path and query of the requests whose answers have landed.
fn landed(lake: &Lake, pipeline: &str) -> BTreeSet<String> {
    let files = files_below(&lake.path().join("raw").join(pipeline)).into_iter();
    // A page that was being written when its run died has another ending.
    let whole = files.filter(|path| path.extension().is_some_and(|extension| extension == "zst"));
    let target = |path: PathBuf| {
        let text = zstd::decode_all(File::open(path).unwrap()).unwrap();
        let line: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let url = line["request"]["url"].as_str().unwrap();
        url.splitn(4, '/').nth(3).map(|target| format!("/{target}")).unwrap()
    };
    whole.map(target).collect()
}

/// Rows that stand more often on one side than on the other.
fn n_more(side: &Contents, other: &Contents) -> usize {
    let count = |contents: &Contents| {
        let rows =
            contents.iter().flat_map(|(table, rows)| rows.iter().map(move |row| format!("{table} {row}")));
        rows.fold(BTreeMap::<String, usize>::new(), |mut counts, row| {
            *counts.entry(row).or_default() += 1;
            counts
        })
    };
    let other = count(other);
    let more = |(row, n): (String, usize)| n.saturating_sub(other.get(&row).copied().unwrap_or_default());
    count(side).into_iter().map(more).sum()
}

/// The source goes away in the middle of each stream; the next run asks for nothing that has landed. Of numbered pages several
/// are under way at once: one may have come that stands behind one that was refused, and is asked for again.
#[test]
fn a_stopped_run_goes_on_at_the_page_it_had_reached() {
    for (pipeline, streams) in PIPELINES {
        let most_again = if pipeline == "agentx" { 0 } else { UNDER_WAY_MAX };
        for stopped in streams {
            let source = Source::of_small_pages(80);
            let lake = Lake::new();
            let gone = FaultKind::Status { code: 402, retry_after: None, body: None };
            source.fault(Fault::new(stopped, 4, 1_000_000, gone));
            let ended = Convolake::pull(pipeline, &source, &lake).ends(77);
            assert_eq!(watermark(&ended, stopped), None, "{ended}");
            source.running.clear_faults();
            let known = landed(&lake, pipeline);
            assert!(!known.is_empty(), "{ended}");
            let made = source.running.ledger().requests().len();

            let ended = Convolake::pull(pipeline, &source, &lake).ends(0);
            let again = asked_again(&source, made, &known);
            assert!(again.is_empty(), "{again:?} had landed; {ended}");
            for stream in streams {
                lake.holds_all(&source, stream);
                let again = repeated(&source, stream);
                assert!(again <= most_again, "{}: {again} pages again; {ended}", stream.name());
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
