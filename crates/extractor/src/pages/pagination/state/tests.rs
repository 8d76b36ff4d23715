//! Walks over scripted answers.

use super::*;
use crate::pages::pagination::loops::EMPTY_PAGES_MAX;
use crate::{envelope, fakes};

/// Walks the scripted answers and writes down what is asked for: `first`, `2` (a page number), `@c` (a cursor),
/// `/path` (a link), `end`, or the fault.
fn walk(stream: &str, asked: Option<&[&str]>, answers: &[&str]) -> (Vec<String>, PaginationState) {
    let stream = fakes::stream(stream);
    let url: Url = "https://source.test/api/v4/convos".parse().unwrap();
    let asked: Option<Vec<String>> = asked.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
    let mut walk = PaginationState::new(&stream.pages, asked.as_deref());
    let mut steps = Vec::new();
    for answer in answers {
        assert!(matches!(walk.step(), Step::Ask(_)), "ended before {answer}: {steps:?}");
        steps.push(shown(walk.step()));
        walk.take(&envelope::read(&stream, answer.as_bytes()).unwrap(), &url);
    }
    steps.push(shown(walk.step()));
    (steps, walk)
}

pub(super) fn shown(step: &Step) -> String {
    match step {
        Step::Ask(PageRef::First) => "first".into(),
        Step::Ask(PageRef::Number(number)) => number.to_string(),
        Step::Ask(PageRef::Cursor(cursor)) => format!("@{cursor}"),
        Step::Ask(PageRef::Link(link)) => link[url::Position::BeforePath..].to_owned(),
        Step::End => "end".into(),
        Step::Fault(PaginationFault::Loop(sign)) => format!("loop: {sign}"),
        Step::Fault(PaginationFault::NextPageMissing) => "no next page".into(),
        Step::Fault(PaginationFault::ForeignLink { origin }) => format!("foreign: {origin}"),
        Step::Fault(PaginationFault::FewerThanTotal { given, total }) => format!("{given} of {total}"),
        Step::Fault(PaginationFault::PointerMissed(missed)) => missed.to_string(),
    }
}

fn check(stream: &str, answers: &[&str], expected: &[&str]) {
    assert_eq!(walk(stream, None, answers).0, expected, "{stream}: {answers:?}");
}

const A: &str = r#"{"data": [{"id": "a"}]}"#;
const B: &str = r#"{"data": [{"id": "b"}]}"#;
const EMPTY: &str = r#"{"data": []}"#;

#[test]
fn page_numbers_end_on_an_empty_page_only() {
    check("numbered", &[EMPTY], &["first", "end"]);
    check("numbered", &[A, B], &["first", "2", "3"]);
    check("numbered", &[A, B, EMPTY], &["first", "2", "3", "end"]);
}

#[test]
fn cursors_end_on_null_absent_or_empty() {
    let first = r#"{"data": [{"id": "a"}], "cursor": "c1"}"#;
    for last in [
        r#"{"data": [{"id": "b"}], "cursor": null}"#,
        r#"{"data": [{"id": "b"}], "cursor": ""}"#,
        r#"{"data": [], "cursor": null}"#,
        B,
        EMPTY,
    ] {
        check("windowed", &[first, last], &["first", "@c1", "end"]);
    }
    check("windowed", &[r#"{"data": [{"id": "a"}], "cursor": 17}"#], &["first", "@17"]);
    let empty_with_cursor = r#"{"data": [], "cursor": "c2"}"#;
    check("windowed", &[first, empty_with_cursor, B], &["first", "@c1", "@c2", "end"]);
}

#[test]
fn a_cursor_wins_over_page_numbers_once_one_is_seen() {
    let with_cursor = r#"{"data": [{"id": "c"}], "nextCursor": "c1", "hasMore": true}"#;
    check("listed", &[A, B, EMPTY], &["first", "2", "3", "end"]);
    check("listed", &[with_cursor, A], &["first", "@c1", "end"]);
    check("listed", &[A, with_cursor, EMPTY], &["first", "2", "@c1", "end"]);
}

#[test]
fn an_explicit_more_decides() {
    let last = r#"{"data": [{"id": "a"}], "nextCursor": "c1", "hasMore": false}"#;
    let more = |id: &str| format!(r#"{{"data": [{{"id": "{id}"}}], "nextCursor": null, "hasMore": true}}"#);
    let empty_but_more = r#"{"data": [], "hasMore": true}"#;
    let led = r#"{"data": [{"id": "x"}], "nextCursor": "c1"}"#;
    check("listed", &[last], &["first", "end"]);
    // A cursor that is never null, as a bookmark for the next run.
    let bookmark = |id: &str, more: bool| {
        format!(r#"{{"data": [{{"id": "{id}"}}], "nextCursor": "c1{more}", "hasMore": {more}}}"#)
    };
    check("listed", &[&bookmark("a", true), &bookmark("b", false)], &["first", "@c1true", "end"]);
    check("listed", &[&more("a"), last], &["first", "2", "loop: the page holds the same records as page 1"]);
    check("listed", &[empty_but_more, last], &["first", "2", "end"]);
    check("listed", &[led, &more("a")], &["first", "@c1", "no next page"]);
}

#[test]
fn links_stay_with_the_source() {
    let linking = |link: &str| format!(r#"{{"result": {{"items": [1]}}, "links": {{"next": "{link}"}}}}"#);
    for (link, expected) in [
        ("https://source.test/api/v4/convos?after=1#top", "/api/v4/convos?after=1"),
        ("?after=1", "/api/v4/convos?after=1"),
        ("/other?after=1", "/other?after=1"),
        // A proxy that ends TLS: `baserow/baserow#2286`, `openedx/course-discovery#4438`.
        ("http://source.test/api/v4/convos?after=1", "/api/v4/convos?after=1"),
        ("http://source.test:80/api/v4/convos?after=1", "/api/v4/convos?after=1"),
        ("http://source.test:443/api/v4/convos?after=1", "/api/v4/convos?after=1"),
        ("http://source.test:8080/", "foreign: http://source.test:8080"),
        ("https://evil.test/api/v4/convos", "foreign: https://evil.test"),
        ("//169.254.169.254/", "foreign: https://169.254.169.254"),
        ("https://source.test:444/", "foreign: https://source.test:444"),
        ("https://user:pass@source.test/", "foreign: https://source.test"),
        ("https://source.test@evil.test/", "foreign: https://evil.test"),
        ("file:///etc/passwd", "foreign: a URL of scheme file"),
        ("https://[", "foreign: no URL"),
    ] {
        check("linked", &[&linking(link)], &["first", expected]);
    }
    check("linked", &[r#"{"result": {"items": [1]}, "links": {"next": null}}"#], &["first", "end"]);
    check("linked", &[r#"{"result": {"items": [1]}}"#], &["first", "end"]);
}

#[test]
fn circles_are_found_however_wide() {
    let page = |id: &str, cursor: &str| format!(r#"{{"data": [{{"id": "{id}"}}], "cursor": "{cursor}"}}"#);
    let same_way = "loop: the cursor or link to the next page was followed before";
    check("windowed", &[&page("a", "c1"), &page("b", "c1")], &["first", "@c1", same_way]);
    check(
        "windowed",
        &[&page("a", "c1"), &page("b", "c2"), &page("c", "c3"), &page("d", "c1")],
        &["first", "@c1", "@c2", "@c3", same_way],
    );
    check(
        "windowed",
        &[&page("a", "c1"), &page("b", "c2"), &page("a", "c3")],
        &["first", "@c1", "@c2", "loop: the page holds the same records as page 1"],
    );
    check("numbered", &[A, B, B], &["first", "2", "3", "loop: the page holds the same records as page 2"]);
    let reordered =
        [r#"{"data": [{"id": "a"}, {"id": "b"}]}"#, r#"{"data": [{"id": "b", "seen": 1}, {"id": "a"}]}"#];
    check("numbered", &reordered, &["first", "2", "loop: the page holds the same records as page 1"]);
    let without_ids = r#"{"result": {"items": [1, 2]}, "links": {"next": "?a=1"}}"#;
    let same = r#"{"result": {"items": [1, 2]}, "links": {"next": "?a=2"}}"#;
    check(
        "linked",
        &[without_ids, same],
        &["first", "/api/v4/convos?a=1", "loop: the page holds the same records as page 1"],
    );
}

#[test]
fn ever_new_cursors_to_empty_pages_stop() {
    let answers: Vec<String> =
        (0..EMPTY_PAGES_MAX).map(|number| format!(r#"{{"data": [], "cursor": "c{number}"}}"#)).collect();
    let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
    let (steps, _) = walk("windowed", None, &answers);
    assert_eq!(steps.last().unwrap(), "loop: 200 empty pages in a row, each leading on");
}

#[test]
fn max_pages_is_a_limit_and_no_end() {
    let mut stream = fakes::stream("numbered");
    stream.pages.max_pages = 2;
    let mut walk = PaginationState::new(&stream.pages, None);
    for (answer, expected) in [(A, "2"), (B, "loop: more than 2 pages (max_pages)")] {
        walk.take(&envelope::read(&stream, answer.as_bytes()).unwrap(), &stream.base_url);
        assert_eq!(shown(walk.step()), expected);
    }
    let mut walk = PaginationState::new(&stream.pages, None);
    for answer in [A, EMPTY] {
        walk.take(&envelope::read(&stream, answer.as_bytes()).unwrap(), &stream.base_url);
    }
    assert_eq!(shown(walk.step()), "end", "as many pages as allowed");
}

#[test]
fn chosen_ids_end_when_answered_or_when_nothing_new_comes() {
    let both = r#"{"data": [{"id": "b"}, {"id": "a"}]}"#;
    for (asked, answers, steps, unanswered) in [
        (&["a", "b"][..], &[both][..], &["first", "end"][..], &[][..]),
        (&["a", "b"], &[A, B], &["first", "2", "end"], &[]),
        (&["a", "b"], &[A, EMPTY], &["first", "2", "end"], &["b"]),
        // A source that ignores the page number beside ids.
        (&["a", "b"], &[A, A], &["first", "2", "end"], &["b"]),
        (&["x"], &[EMPTY], &["first", "end"], &["x"]),
        // A source that ignores the ids.
        (&["x"], &[A], &["first", "end"], &["x"]),
    ] {
        let (walked, walk) = walk("exported", Some(asked), answers);
        assert_eq!(walked, steps, "{asked:?} {answers:?}");
        assert_eq!(walk.unanswered(), unanswered);
    }
}

/// `mvanhorn/printing-press-library#1652` (thread replies stop after one page): the messages of one conversation come on
/// several pages, and the first of them answers its id.
#[test]
fn chosen_ids_of_several_records_are_walked_to_their_end() {
    let many = r#"{"data": [{"id": "a", "n": 1}, {"id": "a", "n": 2}]}"#;
    let last = r#"{"data": [{"id": "a", "n": 3}]}"#;
    for (asked, answers, steps, unanswered) in [
        (&["a"][..], &[many, last, EMPTY][..], &["first", "2", "3", "end"][..], &[][..]),
        (&["a", "b"], &[many, B, EMPTY], &["first", "2", "3", "end"], &[]),
        // A source that ignores the page number beside ids.
        (&["a"], &[many, many], &["first", "2", "end"], &[]),
        (&["a", "b"], &[many, many], &["first", "2", "end"], &["b"]),
    ] {
        let (walked, walk) = walk("exported", Some(asked), answers);
        assert_eq!(walked, steps, "{asked:?} {answers:?}");
        assert_eq!(walk.unanswered(), unanswered);
        assert!(walk.cut_short().is_empty(), "at its end");
    }
    let (_, walk) = walk("exported", Some(&["a"]), &[many]);
    assert_eq!(walk.cut_short(), ["a"]);
}

#[test]
fn chosen_ids_go_where_the_page_leads() {
    let page = |n: u32, rest: &str| format!(r#"{{"data": [{{"id": "a", "n": {n}}}]{rest}}}"#);
    let led = |n: u32| page(n, &format!(r#", "nextCursor": "c{n}""#));
    let more = |n: u32| page(n, r#", "hasMore": true"#);
    let done = |n: u32| page(n, r#", "hasMore": false"#);
    for (answers, steps) in [
        (&[led(1), led(2), page(3, "")][..], &["first", "@c1", "@c2", "end"][..]),
        (&[more(1), more(2), done(3)], &["first", "2", "3", "end"]),
        // What it says of more is no end where nothing new comes.
        (&[more(1), more(1)], &["first", "2", "loop: the page holds the same records as page 1"]),
    ] {
        let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
        assert_eq!(walk("listed", Some(&["a"]), &answers).0, steps, "{answers:?}");
    }
    let (_, walk) = walk("listed", Some(&["a"]), &[&led(1)]);
    assert_eq!(walk.cut_short(), ["a"]);
}

#[test]
fn pages_of_the_same_ids_are_other_pages_where_ids_repeat() {
    let page = |n: u32| format!(r#"{{"data": [{{"id": "a", "n": {n}}}, {{"id": "a", "n": {}}}]}}"#, n + 1);
    check("numbered", &[&page(1), &page(3), EMPTY], &["first", "2", "3", "end"]);
    check(
        "numbered",
        &[&page(1), &page(1)],
        &["first", "2", "loop: the page holds the same records as page 1"],
    );
}

#[test]
fn a_restart_forgets_what_was_seen() {
    let (_, mut walk) = walk("exported", Some(&["a", "b"]), &[A]);
    walk.restart();
    assert_eq!(shown(walk.step()), "first");
    assert_eq!(walk.unanswered(), ["a", "b"]);
    let stream = fakes::stream("exported");
    walk.take(&envelope::read(&stream, A.as_bytes()).unwrap(), &stream.base_url);
    assert_eq!(shown(walk.step()), "2");
}

#[test]
fn the_number_of_pages_ends_a_walk_and_leads_over_empty_pages() {
    let mut stream = fakes::stream("numbered");
    stream.pages.last = convolake_model::Pointer::parse("/last").ok();
    let mut walk = PaginationState::new(&stream.pages, None);
    let mut take = |body: &str| {
        walk.take(&envelope::read(&stream, body.as_bytes()).unwrap(), &stream.base_url);
        (walk.step().clone(), walk.may_be_at_end(), walk.ahead(1).is_some())
    };
    let number = |number| Step::Ask(PageRef::Number(number));
    assert_eq!(take(r#"{"data": [{"id": "a"}], "last": 3}"#), (number(2), false, true));
    assert_eq!(take(r#"{"data": [], "last": 3}"#), (number(3), false, false));
    assert_eq!(take(r#"{"data": [{"id": "c"}], "last": 3}"#), (Step::End, true, false));
}
