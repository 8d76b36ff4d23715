//! Faults of a source as data: what becomes of the run, and how many requests it makes.

use std::sync::Mutex;

use convolake_simulator::{Corpus, Fault, FaultKind, ListMode, SimulatorConfig, Stream, TornHow};

use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;
use crate::source::{ONE_AFTER_THE_OTHER, SMALL_PAGE, Source, tidy, unlimited};

/// One fault, from the third request of a list of eight pages on.
struct Case {
    name: &'static str,
    times: u64,
    kind: FaultKind,
    code: i32,
    /// Requests beyond those of a run without the fault; `Only` in all.
    requests: Requests,
}

enum Requests {
    More(usize),
    /// None, or up to so many past the end: while an answer is late, pages are asked for ahead.
    UpTo(usize),
    Only(usize),
}
use Requests::{More, Only, UpTo};

const EVER: u64 = 1_000_000;
/// Attempts at a page, and what two pages before it took.
const GIVEN_UP: Requests = Only(2 + 6);

fn case(name: &'static str, times: u64, kind: FaultKind, code: i32, requests: Requests) -> Case {
    Case { name, times, kind, code, requests }
}

fn status(code: u16) -> FaultKind {
    FaultKind::Status { code, retry_after: None, body: None }
}

fn limited(retry_after: &str) -> FaultKind {
    FaultKind::Status { code: 429, retry_after: Some(retry_after.to_owned()), body: None }
}

fn says(body: &str) -> FaultKind {
    FaultKind::Status { code: 200, retry_after: None, body: Some(body.to_owned()) }
}

fn torn(how: TornHow) -> FaultKind {
    FaultKind::Torn { at: None, how }
}

fn cases() -> Vec<Case> {
    let refusal = || FaultKind::SuccessFalse { message: "The export is unavailable".to_owned() };
    vec![
        case("A4 half a body, and the rest later", 1, FaultKind::Stall { ms: 300 }, 0, UpTo(3)),
        case("A5 slow but coming", 3, FaultKind::Delay { ms: 200 }, 0, UpTo(3)),
        case("A6 the connection is cut", 1, FaultKind::Reset, 0, More(1)),
        case("A6 the connection is cut for ever", EVER, FaultKind::Reset, 69, GIVEN_UP),
        case("A7 shorter than its length", 1, torn(TornHow::Close), 0, More(1)),
        case("A8 cut off with its length", 1, torn(TornHow::Short), 0, More(1)),
        case("A8 cut off for ever", EVER, torn(TornHow::Short), 69, GIVEN_UP),
        case("A9 without its last chunk", 1, torn(TornHow::Chunked), 0, More(1)),
        case("A10 500", 1, status(500), 0, More(1)),
        case("A10 502 twice", 2, status(502), 0, More(2)),
        case("A10 503 twice", 2, status(503), 0, More(2)),
        case("A10 504", 1, status(504), 0, More(1)),
        case("A11 503 for ever", EVER, status(503), 69, GIVEN_UP),
        case("A12 429 without a word", 1, status(429), 0, More(1)),
        case("A12 429 for a second", 1, limited("1"), 0, More(1)),
        case("A12 429 until a date gone by", 1, limited("Sun, 06 Nov 1994 08:49:37 GMT"), 0, More(1)),
        case("A12 429 with nonsense", 1, limited("soon"), 0, More(1)),
        case("A12 429 with a negative time", 1, limited("-7"), 0, More(1)),
        case("A12 429 for ever", EVER, limited("0"), 69, GIVEN_UP),
        case("A15 401 in the middle", EVER, status(401), 77, Only(3)),
        case("A17 403", EVER, status(403), 77, Only(3)),
        case("A17 402", EVER, status(402), 77, Only(3)),
        case("A18 404 for a page", EVER, status(404), 1, Only(3)),
        case("A18 410 for a page", EVER, status(410), 1, Only(3)),
        case("A19 HTML", 1, FaultKind::Html, 0, More(1)),
        case("A19 HTML for ever", EVER, FaultKind::Html, 69, GIVEN_UP),
        case("A19 nothing at all", 1, FaultKind::EmptyBody, 0, More(1)),
        case("A19 nothing at all for ever", EVER, FaultKind::EmptyBody, 69, GIVEN_UP),
        case("A19 an error with 200", 1, says(r#"{"error": "try later"}"#), 0, More(1)),
        case("A19 an error with 200 for ever", EVER, says(r#"{"error": "try later"}"#), 69, GIVEN_UP),
        case("A19 success: false", 1, refusal(), 0, More(1)),
        case("A19 success: false for ever", EVER, refusal(), 69, GIVEN_UP),
        case("A19 a login page as text", 1, says("please log in"), 0, More(1)),
        case("A20 204", 1, status(204), 0, More(1)),
        case("A20 206", 1, status(206), 0, More(1)),
        case("A20 304", EVER, status(304), 1, Only(3)),
        case("A20 a redirect", EVER, status(302), 1, Only(3)),
        case("A21 a byte order mark and nothing", 1, says("\u{feff}"), 0, More(1)),
        case("B3 the first page for ever", EVER, FaultKind::SamePage, 1, Only(3)),
        case("B5 data is null", 1, FaultKind::NullData, 0, More(1)),
        case("B5 data is null for ever", EVER, FaultKind::NullData, 69, GIVEN_UP),
        case("B23 the records stand elsewhere", EVER, says(r#"{"result": {"items": []}}"#), 69, GIVEN_UP),
        case("B23 the records are no array", EVER, says(r#"{"data": {"items": []}}"#), 69, GIVEN_UP),
        case("C1 no JSON", 1, FaultKind::InvalidJson, 0, More(1)),
        case("C6 half an emoji", 1, FaultKind::LoneSurrogate, 0, More(0)),
    ]
}

/// The list as it pages by cursor: the first request is turned down for its page size, the third is for the second page.
fn cursor_cases() -> Vec<Case> {
    vec![
        case("B1 the same cursor again", 1, FaultKind::RepeatCursor { back: 0 }, 1, Only(3)),
        case("B2 cursors in a circle", EVER, FaultKind::RepeatCursor { back: 1 }, 1, Only(4)),
        case("B1 an earlier cursor", 1, FaultKind::RepeatCursor { back: 1 }, 1, Only(4)),
        case("A18 a cursor that has expired", 1, FaultKind::ExpiredCursor, 0, More(1 + 1)),
        case("A18 cursors that expire at once", EVER, FaultKind::ExpiredCursor, 1, Only(4)),
        case("B23 page above 1 without a cursor", 0, FaultKind::Reset, 0, More(0)),
    ]
}

fn start(list_mode: ListMode) -> Source {
    Source::start(SimulatorConfig {
        page_cap: Some(SMALL_PAGE),
        list_mode,
        ..unlimited(Corpus::Generated(tidy(70)))
    })
}

fn pull(source: &Source, lake: &Lake) -> Convolake {
    // One page after the other: each request has been answered long before the pace has one to spare.
    Convolake::pull("convocore", source, lake).args(&["--stream", "list"]).set(ONE_AFTER_THE_OTHER)
}

/// What is wrong with how the run went; `None` if nothing is.
fn failing(case: &Case, list_mode: ListMode) -> Option<String> {
    let stream = Stream::ConvocoreList;
    let source = start(list_mode);
    pull(&source, &Lake::new()).ends(0);
    let n_whole = source.requests(stream).len();
    source.forget();
    let lake = Lake::new();
    source.fault(Fault::new(stream, 3, case.times, case.kind.clone()));
    let ended: Ended = pull(&source, &lake).ends_somehow();
    let n_requests = source.requests(stream).len();
    let expected = match case.requests {
        More(more) => n_whole + more..=n_whole + more,
        UpTo(more) => n_whole..=n_whole + more,
        Only(all) => all..=all,
    };
    if ended.code != Some(case.code) || !expected.contains(&n_requests) {
        return Some(format!("{}: {n_requests} requests of {expected:?}, {ended}", case.name));
    }
    // Whatever happened, the next run brings everything.
    source.running.clear_faults();
    pull(&source, &lake).ends(0);
    lake.holds_all(&source, stream);
    None
}

#[test]
fn every_fault_has_its_outcome_and_its_number_of_requests() {
    let seed = cases().into_iter().map(|case| (case, ListMode::Seed));
    let cursor = cursor_cases().into_iter().map(|case| (case, ListMode::Cursor));
    let cases: Vec<(Case, ListMode)> = seed.chain(cursor).collect();
    let n_cases = cases.len();
    let (left, failed) = (Mutex::new(cases), Mutex::new(Vec::new()));
    // Most of the time is waiting between attempts.
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some((case, list_mode)) = next else { break };
                    failed.lock().unwrap().extend(failing(&case, list_mode));
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    println!("figure extract_fault_cases {n_cases}");
    println!("figure extract_fault_cases_right {}", n_cases - failed.len());
    assert!(failed.is_empty(), "{} of {n_cases}:\n{}", failed.len(), failed.join("\n"));
}
