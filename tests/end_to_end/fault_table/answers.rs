//! Section A: what goes wrong with HTTP.

use std::collections::BTreeMap;

use convolake_simulator::{FaultKind, GzipHow, TextHow, TornHow};

use super::case::Requests::{More, Only, OnlyAndSmaller};
use super::case::{Case, EVER, GIVEN_UP, Scene, case};

pub(super) fn status(code: u16) -> FaultKind {
    FaultKind::Status { code, retry_after: None, body: None }
}

fn limited(retry_after: &str) -> FaultKind {
    FaultKind::Status { code: 429, retry_after: Some(retry_after.to_owned()), body: None }
}

pub(super) fn says(body: &str) -> FaultKind {
    FaultKind::Status { code: 200, retry_after: None, body: Some(body.to_owned()) }
}

fn torn(how: TornHow) -> FaultKind {
    FaultKind::Torn { at: None, how }
}

fn gzip(how: GzipHow) -> FaultKind {
    FaultKind::Gzip { how }
}

pub(super) fn headers<const N: usize>(pairs: [(&str, &str); N]) -> FaultKind {
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    FaultKind::Headers { headers: BTreeMap::from(pairs) }
}

/// A timeout that no source on loopback reaches, even on a busy machine.
const HASTY: &[&str] = &["--set", "timeouts.idle=3s"];
/// The same for a whole answer.
const HASTY_IN_ALL: &[&str] = &["--set", "timeouts.total=5s"];
/// A run shorter than the wait that the source asks for.
const SHORT_RUN: &[&str] = &["--max-duration", "3s"];

pub(super) fn cases() -> Vec<Case> {
    let refusal = || FaultKind::SuccessFalse { message: "The export is unavailable".to_owned() };
    vec![
        case("A3 not a byte comes", 1, FaultKind::Mute, 0, More(1)).args(HASTY),
        // A page that does not come in time may come with fewer records.
        case("A3 not a byte comes, ever", EVER, FaultKind::Mute, 69, OnlyAndSmaller(8, 3)).args(HASTY),
        case("A3 the head comes byte by byte", 1, FaultKind::Drip { bytes: 1, ms: 300 }, 0, More(1))
            .args(HASTY),
        case("A4 half a body and no more", 1, FaultKind::Stall { ms: 600_000 }, 0, More(1)).args(HASTY),
        case("A4 half a body, and the rest later", 1, FaultKind::Stall { ms: 300 }, 0, More(0)),
        case("A5 late but coming", 3, FaultKind::Delay { ms: 200 }, 0, More(0)),
        case("A5 slow but coming", 1, FaultKind::Drip { bytes: 100, ms: 300 }, 0, More(0)).args(HASTY),
        case("A5 too slow in all", 1, FaultKind::Drip { bytes: 50, ms: 400 }, 0, More(1)).args(HASTY_IN_ALL),
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
        case("A12 429 for ten years", EVER, limited("315360000"), 75, Only(3)).args(SHORT_RUN),
        case("A12 429 until a date far ahead", EVER, limited("Sat, 06 Nov 2094 08:49:37 GMT"), 75, Only(3))
            .args(SHORT_RUN),
        case(
            "A14 headers of a limit that is none",
            EVER,
            headers([
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "99999999999"),
                ("retry-after", "600"),
                ("ratelimit", "limit=0, remaining=-7, reset=1e300"),
            ]),
            0,
            More(0),
        ),
        case("A15 401 in the middle", EVER, status(401), 77, Only(3)),
        case("A17 403", EVER, status(403), 77, Only(3)),
        case("A17 402", EVER, status(402), 77, Only(3)),
        case("A18 404 for a page", EVER, status(404), 0, Only(3)),
        case("A18 410 for a page", EVER, status(410), 1, Only(3)),
        case("A18 a cursor that has expired", 1, FaultKind::ExpiredCursor, 0, More(1 + 1)).of(Scene::Cursor),
        case("A18 cursors that expire at once", EVER, FaultKind::ExpiredCursor, 1, Only(11))
            .of(Scene::Cursor),
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
        case("A21 a byte order mark", EVER, FaultKind::Text { how: TextHow::Bom }, 0, More(0)),
        case("A21 a byte order mark and nothing", 1, says("\u{feff}"), 0, More(1)),
        case("A21 UTF-16", 1, FaultKind::Text { how: TextHow::Utf16 }, 0, More(1)),
        case("A21 UTF-16 for ever", EVER, FaultKind::Text { how: TextHow::Utf16 }, 69, GIVEN_UP),
        case("A22 gzip that is none", 1, gzip(GzipHow::Plain), 0, More(1)),
        case("A22 gzip twice over", 1, gzip(GzipHow::Double), 0, More(1)),
        case("A22 half of a gzip", 1, gzip(GzipHow::Truncated), 0, More(1)),
        case("A22 gzip with a wrong sum", 1, gzip(GzipHow::BadSum), 0, More(1)),
        case("A22 gzip with a wrong sum for ever", EVER, gzip(GzipHow::BadSum), 69, GIVEN_UP),
        case("A22 gzip and then some", 1, gzip(GzipHow::Trailing), 0, More(1)),
        case("A22 gzip in two members", EVER, gzip(GzipHow::Members), 0, More(0)),
        case("A24 a kept connection is closed", 1, FaultKind::HangUp, 0, More(1)),
        case("C1 no JSON", 1, FaultKind::InvalidJson, 0, More(1)),
        case("C6 half an emoji", 1, FaultKind::LoneSurrogate, 0, More(0)),
    ]
}
