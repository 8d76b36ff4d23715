//! Section B: answers that are HTTP and JSON, and do not mean what they should.

use convolake_simulator::FaultKind;

use super::answers::{headers, says};
use super::case::Requests::{More, Only, UpTo};
use super::case::{Case, EVER, GIVEN_UP, Scene, case};

/// One field of each record, in JSON.
fn field(name: &str, value: &str) -> FaultKind {
    FaultKind::Field { name: name.to_owned(), value: Some(value.to_owned()) }
}

fn without(name: &str) -> FaultKind {
    FaultKind::Field { name: name.to_owned(), value: None }
}

/// A page that has no records where they were, and yet is large.
fn moved() -> FaultKind {
    let items: Vec<String> =
        (0..1000).map(|id| format!(r#"{{"ID": "c{id}", "userName": "A person"}}"#)).collect();
    says(&format!(r#"{{"data": [], "result": {{"items": [{}]}}}}"#, items.join(",")))
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("B1 the same cursor again", 1, FaultKind::RepeatCursor { back: 0 }, 1, Only(3))
            .of(Scene::Cursor),
        case("B1 an earlier cursor", 1, FaultKind::RepeatCursor { back: 1 }, 1, Only(4)).of(Scene::Cursor),
        case("B2 cursors in a circle", EVER, FaultKind::RepeatCursor { back: 1 }, 1, Only(4))
            .of(Scene::Cursor),
        case("B3 the first page for ever", EVER, FaultKind::SamePage, 1, Only(3)),
        case("B3 the first page for ever, by cursor", EVER, FaultKind::SamePage, 1, Only(3))
            .of(Scene::Cursor),
        case("B4 an empty page that leads on", 1, FaultKind::EmptyPage, 0, More(1)).of(Scene::Cursor).from(4),
        case("B5 data is null", 1, FaultKind::NullData, 0, Only(3)).says(&["null"]),
        case("B5 data is null for ever", EVER, FaultKind::NullData, 0, Only(3)).says(&["null"]),
        case("B5 there is more, and not where", 1, FaultKind::NoWayOn, 1, Only(3)).of(Scene::Cursor),
        case("B11 a time in the year 2999", 1, field("ts", "32472144000"), 0, More(0)),
        case("B11 no time", 1, without("ts"), 0, More(0)),
        case("G6 the 60th second", 1, field("ts", r#""2016-12-31T23:59:60Z""#), 0, More(0)),
        case("B11 null for a time", EVER, field("ts", "null"), 0, More(0)),
        case("B13 milliseconds", 1, field("ts", "1740000000000"), 0, More(0)),
        case("B13 seconds as text", 1, field("ts", r#""1740000000""#), 0, More(0)),
        case("B13 RFC 3339", 1, field("ts", r#""2025-02-19T21:20:00+00:00""#), 0, More(0)),
        case("B14 windows rounded to a minute", EVER, FaultKind::RoundsWindow { to_s: 60 }, 0, UpTo(10))
            .of(Scene::Windows),
        case("B14 windows rounded to a day", EVER, FaultKind::RoundsWindow { to_s: 86_400 }, 0, UpTo(10))
            .of(Scene::Windows),
        case("B15 windows ignored", EVER, FaultKind::IgnoresWindow, 0, UpTo(5000)).of(Scene::Windows),
        case("B20 a field that is new", 1, field("mood", r#"{"is": "glad"}"#), 0, More(0))
            .says(&["\"field\": \"/mood\""]),
        case("B20 a field that is gone", EVER, without("userName"), 0, More(0)).from(1),
        case("B21 a number becomes text", 1, field("messagesNum", "\"7\""), 0, More(0))
            .says(&["\"field\": \"/messagesNum\"", "\"now\": \"string\""]),
        case("B21 a number becomes words", 1, field("messagesNum", "\"seven\""), 0, More(0))
            .says(&["\"field\": \"leads.messages_declared\""]),
        case("B21 an object becomes an array", 1, field("user", "[1, 2]"), 0, More(0)),
        case("B21 text becomes an object", 1, field("userName", r#"{"first": "A"}"#), 0, More(0))
            .says(&["\"field\": \"leads.user_name\"", "\"now\": \"object\""]),
        case("B21 an id becomes an object", 1, field("ID", "{}"), 65, More(0))
            .from(1)
            .says(&["\"outcome\": \"quarantined\""]),
        case(
            "B22 the end is announced",
            EVER,
            headers([("sunset", "Sat, 01 Aug 2026 00:00:00 GMT")]),
            0,
            More(0),
        )
        .says(&["announces the end of this endpoint (sunset: Sat, 01 Aug 2026"]),
        case("B22 deprecated", 1, headers([("deprecation", "@1688169599")]), 0, More(0))
            .says(&["announces the end of this endpoint (deprecation: @1688169599)"]),
        case("B23 the records stand elsewhere", EVER, says(r#"{"result": {"items": []}}"#), 69, GIVEN_UP),
        case("B23 the records are no array", EVER, says(r#"{"data": {"items": []}}"#), 69, GIVEN_UP),
        case("B23 no records, and yet a large body", EVER, moved(), 69, GIVEN_UP)
            .says(&["they may stand elsewhere by now"]),
        case("B23 page above 1 without a cursor", 0, FaultKind::Reset, 0, More(0)).of(Scene::Cursor),
    ]
}
