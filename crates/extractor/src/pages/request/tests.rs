//! The URLs of requests.

use convolake_model::{Template, WindowBounds};
use proptest::prelude::*;

use super::*;
use crate::fakes;

fn params(agent_id: &str) -> ParamSet {
    ParamSet::from([("agent_id".to_owned(), agent_id.to_owned())])
}

fn bounds(from: Timestamp, until: Timestamp, format: TimeFormat) -> [String; 2] {
    super::bounds(from, until, format, WindowBounds::Inclusive)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn urls_of_every_kind() {
    let window = Slice::Window { from: at("2025-04-01T00:00:00.5Z"), until: at("2025-04-02T00:00:00.5Z") };
    let ids = Slice::Ids(vec!["c1".into(), "c 2".into(), "c&3=".into()]);
    let cursor = PageRef::Cursor("a+b/c=&d".into());
    for (stream, slice, place, size, expected) in [
        (
            "windowed",
            &window,
            PageRef::First,
            Some(1000),
            "/api/v1/messages?bot_name=a1&start_time=1743465600&end_time=1743552000&per_page=1000",
        ),
        (
            "windowed",
            &window,
            cursor.clone(),
            Some(1000),
            "/api/v1/messages?bot_name=a1&start_time=1743465600&end_time=1743552000&cursor=a%2Bb%2Fc%3D%26d&per_page=1000",
        ),
        ("numbered", &Slice::Whole, PageRef::First, None, "/api/v2/agents/a1/convos?page=1"),
        ("numbered", &Slice::Whole, PageRef::Number(7), None, "/api/v2/agents/a1/convos?page=7"),
        ("listed", &Slice::Whole, PageRef::First, Some(100), "/api/v3/agents/a1/convos?page=1&limit=100"),
        (
            "listed",
            &Slice::Whole,
            cursor,
            Some(20),
            "/api/v3/agents/a1/convos?cursor=a%2Bb%2Fc%3D%26d&limit=20",
        ),
        (
            "exported",
            &ids,
            PageRef::First,
            None,
            "/api/v2/agents/a1/convos/export?page=1&convo_ids=c1%2Cc+2%2Cc%263%3D",
        ),
        ("linked", &Slice::Whole, PageRef::First, None, "/api/v4/convos"),
        (
            "linked",
            &Slice::Whole,
            PageRef::Link("https://source.test/x?y=1".parse().unwrap()),
            None,
            "/x?y=1",
        ),
    ] {
        let template = RequestTemplate::new(&fakes::stream(stream), &params("a1"), slice).unwrap();
        let url = template.url(&place, size);
        assert_eq!(&url[url::Position::BeforePath..], expected);
    }
}

#[test]
fn bounds_are_cut_down_to_the_unit_of_their_format() {
    let (from, until) = ("2025-04-01T00:00:00.0005Z", "2025-04-01T00:00:01.987654321Z");
    for (format, from, until, expected) in [
        (TimeFormat::UnixSeconds, from, until, ["1743465600", "1743465601"]),
        (TimeFormat::UnixMilliseconds, from, until, ["1743465600000", "1743465601987"]),
        (TimeFormat::Rfc3339, from, until, ["2025-04-01T00:00:00Z", "2025-04-01T00:00:01Z"]),
        (TimeFormat::UnixSeconds, "1969-12-31T23:59:58.5Z", "1969-12-31T23:59:59.5Z", ["-2", "-1"]),
        (TimeFormat::Date, "2025-03-30T23:00:00Z", "2025-04-02T10:30:00Z", ["2025-03-30", "2025-04-02"]),
        // Less than a unit.
        (TimeFormat::Date, "2025-04-01T00:00:00Z", "2025-04-01T10:30:00Z", ["2025-04-01", "2025-04-02"]),
        (TimeFormat::Date, "2025-12-31T12:00:00Z", "2025-12-31T13:00:00Z", ["2025-12-31", "2026-01-01"]),
        (
            TimeFormat::UnixSeconds,
            "2025-04-01T00:00:00.2Z",
            "2025-04-01T00:00:00.9Z",
            ["1743465600", "1743465601"],
        ),
        (
            TimeFormat::UnixSeconds,
            "2025-04-01T00:00:00Z",
            "2025-04-01T00:00:00Z",
            ["1743465600", "1743465600"],
        ),
    ] {
        assert_eq!(bounds(at(from), at(until), format), expected, "{from} {until}");
    }
}

#[test]
fn windows_that_touch_go_on_touching() {
    let instants =
        ["00:00:00.2", "00:00:01.2", "00:00:02.9", "00:00:04"].map(|time| at(&format!("2025-04-01T{time}Z")));
    for format in [TimeFormat::UnixSeconds, TimeFormat::UnixMilliseconds, TimeFormat::Rfc3339] {
        let windows: Vec<[String; 2]> =
            instants.windows(2).map(|pair| bounds(pair[0], pair[1], format)).collect();
        assert!(windows.windows(2).all(|pair| pair[0][1] == pair[1][0]), "{windows:?}");
    }
}

/// `run-llama/llama-hub#211`, `jtalk22/slack-mcp-server#143`: Slack's `oldest` and `latest` leave out what lies exactly on them.
#[test]
fn what_lies_between_two_windows_is_in_one_where_the_source_counts_neither_bound_in() {
    let instants = ["00:00:00", "06:00:00", "18:00:00.9"].map(|time| at(&format!("2025-04-01T{time}Z")));
    let asked = |format| {
        let exclusive = |pair: &[Timestamp]| super::bounds(pair[0], pair[1], format, WindowBounds::Exclusive);
        instants.windows(2).map(exclusive).collect::<Vec<_>>()
    };
    for (format, expected) in [
        (TimeFormat::UnixSeconds, [["1743465599", "1743487200"], ["1743487199", "1743530400"]]),
        (
            TimeFormat::UnixMilliseconds,
            [["1743465599999", "1743487200000"], ["1743487199999", "1743530400900"]],
        ),
        (
            TimeFormat::Rfc3339,
            [
                ["2025-03-31T23:59:59Z", "2025-04-01T06:00:00Z"],
                ["2025-04-01T05:59:59Z", "2025-04-01T18:00:00Z"],
            ],
        ),
        (TimeFormat::Date, [["2025-03-31", "2025-04-02"], ["2025-03-31", "2025-04-02"]]),
    ] {
        assert_eq!(asked(format), expected, "{format:?}");
    }
}

#[test]
fn ids_in_every_form() {
    let slice = Slice::Ids(vec!["c1".into(), "c,2".into()]);
    for (form, expected) in [
        (IdForm::default(), "page=1&convo_ids=c1%2Cc%2C2"),
        (IdForm::Joined("|".into()), "page=1&convo_ids=c1%7Cc%2C2"),
        (IdForm::Repeated, "page=1&convo_ids=c1&convo_ids=c%2C2"),
    ] {
        let mut exported = fakes::stream("exported");
        exported.answers.ids = form;
        let template = RequestTemplate::new(&exported, &params("a1"), &slice).unwrap();
        assert_eq!(template.url(&PageRef::First, None).query(), Some(expected));
    }
}

#[test]
fn what_cannot_be_asked_for() {
    let window = Slice::Window { from: Timestamp::UNIX_EPOCH, until: at("2025-04-02T00:00:00Z") };
    for (stream, params, slice, expected) in [
        ("numbered", ParamSet::new(), &Slice::Whole, "its path needs the param `agent_id`"),
        ("numbered", params(""), &Slice::Whole, "the param `agent_id` is empty"),
        ("numbered", params(".."), &Slice::Whole, "`..` cannot be a part of its path"),
        ("numbered", params("a\nb"), &Slice::Whole, "the param `agent_id` holds a control character"),
        ("numbered", params("a1"), &window, "it knows no time windows"),
        ("numbered", params("a1"), &Slice::Ids(vec!["c1".into()]), "it cannot be asked for chosen ids"),
    ] {
        let error = RequestTemplate::new(&fakes::stream(stream), &params, slice).unwrap_err();
        assert_eq!(error.to_string(), format!("stream {stream}: no request can be made: {expected}"));
        assert_eq!(error.kind(), crate::error::FailureKind::Config);
    }
}

#[test]
fn a_query_param_without_a_value_is_left_out() {
    let mut stream = fakes::stream("linked");
    stream.query.insert("filter".into(), Template::parse("{absent}").unwrap());
    stream.query.insert("fixed".into(), Template::text("1"));
    let template = RequestTemplate::new(&stream, &params("a1"), &Slice::Whole).unwrap();
    assert_eq!(template.url(&PageRef::First, None).query(), Some("fixed=1"));
}

/// Percent escapes undone.
fn decoded(segment: &str) -> String {
    let pairs = url::form_urlencoded::parse(segment.as_bytes()).next();
    pairs.map(|(key, _)| key.into_owned()).unwrap_or_default()
}

proptest! {
    #[test]
    fn a_value_never_leaves_its_segment(value in "[./%\\\\?#a2eEfF:@ ;+=&-]{0,8}|\\PC{0,12}|.{0,12}") {
        let Ok(template) = RequestTemplate::new(&fakes::stream("numbered"), &params(&value), &Slice::Whole) else {
            return Ok(());
        };
        let url = template.url(&PageRef::First, None);
        prop_assert_eq!(url.origin(), fakes::stream("numbered").base_url.origin());
        let segments: Vec<&str> = url.path_segments().unwrap().collect();
        prop_assert_eq!(segments.len(), 5, "{}", url);
        prop_assert_eq!((segments[0], segments[1], segments[2], segments[4]), ("api", "v2", "agents", "convos"));
        prop_assert_eq!(url.query(), Some("page=1"));
        // In a path, unlike in a query, these two stand for themselves.
        let segment = segments[3].replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
        prop_assert_eq!(decoded(&segment), value);
        // What a parser makes of it again is the same.
        prop_assert_eq!(url.as_str().parse::<Url>().unwrap(), url);
    }

    #[test]
    fn query_values_come_back_as_they_went(cursor in ".{1,20}", id in ".{1,20}") {
        let slice = Slice::Ids(vec![id.clone()]);
        let mut stream = fakes::stream("exported");
        stream.pages.cursor = fakes::stream("listed").pages.cursor;
        let template = RequestTemplate::new(&stream, &params("a1"), &slice).unwrap();
        let url = template.url(&PageRef::Cursor(cursor.clone()), None);
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        prop_assert_eq!(pairs, [("cursor".to_owned(), cursor), ("convo_ids".to_owned(), id)]);
    }
}
