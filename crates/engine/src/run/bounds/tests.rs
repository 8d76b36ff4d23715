//! Bounds and watermarks, by table.

use super::*;

fn at(text: &str) -> Timestamp {
    convolake_model::parse_instant(text).unwrap()
}

fn bounds(from: Option<&str>, until: Option<&str>) -> Bounds {
    Bounds { from: from.map(at), until: until.map(at), begin: at("2025-01-01"), now: at("2025-06-01") }
}

#[test]
fn bounds_that_ask_for_nothing_or_leave_something_out_are_refused() {
    let early = ("conversations", Some("2025-03-01"));
    let late = ("messages", Some("2025-05-01"));
    let new = ("leads", None);
    let leaves_out = |from, (stream, watermark): (&'static str, Option<&str>)| {
        Some(Refusal::LeavesOut { from: at(from), stream, watermark: at(watermark.unwrap()) })
    };
    let is_there = |until, (stream, watermark): (&'static str, Option<&str>)| {
        Some(Refusal::IsThere { until: at(until), stream, watermark: at(watermark.unwrap()) })
    };
    for (from, until, streams, expected) in [
        (None, None, &[early, late, new][..], None),
        // A stream without a watermark takes it.
        (Some("2025-04-01"), None, &[new], None),
        (Some("2024-01-01"), Some("2024-02-01"), &[new], None),
        // Up to the watermark nothing is left out: the stream goes on from there.
        (Some("2025-03-01"), None, &[early, late, new], None),
        (Some("2024-01-01"), None, &[early], None),
        (Some("2025-04-01"), None, &[late], None),
        // The first that would leave something out is named.
        (Some("2025-04-01"), None, &[new, late, early], leaves_out("2025-04-01", early)),
        (Some("2025-05-02"), Some("2025-05-20"), &[late, early], leaves_out("2025-05-02", late)),
        (None, Some("2025-05-01"), &[early, late, new], None),
        (None, Some("2025-04-01"), &[early, late], is_there("2025-04-01", late)),
        (None, Some("2999-01-01"), &[early, late, new], None),
        (
            Some("2025-03-02"),
            Some("2025-03-01"),
            &[],
            Some(Refusal::NoTime { from: at("2025-03-02"), until: at("2025-03-01") }),
        ),
        (
            Some("2025-03-02"),
            Some("2025-03-02"),
            &[new],
            Some(Refusal::NoTime { from: at("2025-03-02"), until: at("2025-03-02") }),
        ),
        (
            Some("2999-01-01"),
            None,
            &[],
            Some(Refusal::FromInFuture { from: at("2999-01-01"), now: at("2025-06-01") }),
        ),
        (
            Some("2998-01-01"),
            Some("2999-01-01"),
            &[early],
            Some(Refusal::FromInFuture { from: at("2998-01-01"), now: at("2025-06-01") }),
        ),
        (
            None,
            Some("2025-01-01"),
            &[new],
            Some(Refusal::BeforeBegin { until: at("2025-01-01"), stream: "leads", begin: at("2025-01-01") }),
        ),
    ] {
        let found = bounds(from, until).refusal(
            streams.iter().map(|(stream, watermark): &(_, Option<&str>)| (*stream, watermark.map(at))),
        );
        assert_eq!(found, expected, "{from:?}, {until:?}, {streams:?}");
    }
}

#[test]
fn a_begin_in_the_future_is_refused_only_where_a_stream_would_begin_there() {
    let bounds = Bounds { begin: at("2999-01-01"), ..bounds(None, None) };
    let refusal = Refusal::BeginInFuture { begin: at("2999-01-01"), stream: "leads", now: at("2025-06-01") };
    for (from, watermark, expected) in
        [(None, None, Some(refusal)), (None, Some("2025-03-01"), None), (Some("2025-03-01"), None, None)]
    {
        let found = Bounds { from: from.map(at), ..bounds }.refusal([("leads", watermark.map(at))]);
        assert_eq!(found, expected, "{from:?}, {watermark:?}");
    }
}

#[test]
fn a_refusal_names_both_instants_and_a_way_on() {
    let backfill = BackfillCommand { pipeline: "agentx", to: "./lake" };
    for (bounds, watermark, expected) in [
        (
            bounds(Some("2025-04-01"), None),
            Some("2025-03-01"),
            &[
                "--from: 2025-04-01T00:00:00Z",
                "2025-03-01T00:00:00Z",
                "convolake backfill agentx --to ./lake --stream leads --from 2025-04-01T00:00:00Z --until 2025-06-01T00:00:00Z",
            ][..],
        ),
        (
            bounds(None, Some("2025-02-01")),
            Some("2025-03-01"),
            &["--until: 2025-02-01T00:00:00Z", "2025-03-01T00:00:00Z", "convolake backfill agentx"],
        ),
        (
            bounds(None, Some("2024-02-01")),
            None,
            &["--until: 2024-02-01T00:00:00Z", "2025-01-01T00:00:00Z", "`begin`", "hint: "],
        ),
        (
            bounds(Some("2025-02-01"), Some("2025-01-01")),
            None,
            &["2025-02-01T00:00:00Z", "2025-01-01T00:00:00Z", "hint: "],
        ),
        (
            bounds(Some("2999-02-01"), None),
            None,
            &["--from: 2999-02-01T00:00:00Z", "2025-06-01T00:00:00Z", "hint: "],
        ),
        (
            Bounds { begin: at("2999-01-01"), ..bounds(None, None) },
            None,
            &["x.yaml: ", "2999-01-01T00:00:00Z", "2025-06-01T00:00:00Z", "hint: "],
        ),
    ] {
        let refusal = bounds.refusal([("leads", watermark.map(at))]).unwrap();
        let text = bounds.error(refusal, "x.yaml", &backfill).to_string();
        for expected in expected {
            assert!(text.contains(expected), "{refusal:?}: no `{expected}` in {text}");
        }
    }
}

#[test]
fn a_stream_with_a_watermark_begins_where_it_did_and_that_is_told() {
    let begin = |from: Option<&str>| Begin { of_pipeline: at("2025-01-01"), from: from.map(at) };
    for (from, watermark, expected, is_told) in [
        (None, None, "2025-01-01", false),
        (Some("2025-02-01"), None, "2025-02-01", false),
        (None, Some("2025-03-10"), "2025-01-01", false),
        (Some("2025-02-01"), Some("2025-03-10"), "2025-01-01", true),
        // Within the lookback, as `--from yesterday` is.
        (Some("2025-03-09"), Some("2025-03-10"), "2025-01-01", false),
    ] {
        let (begin, watermark) = (begin(from), watermark.map(at));
        assert_eq!(begin.of(watermark), at(expected), "{from:?}, {watermark:?}");
        assert_eq!(begin.warning(watermark, Span::days(2)).is_some(), is_told, "{from:?}, {watermark:?}");
    }
}
