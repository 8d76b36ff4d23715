//! Chains over scripted answers.

use std::error::Error;
use std::time::Duration;

use http::StatusCode;

use super::*;
use crate::fakes::{Answer, CANARY, Script, answer, params, scripted, scripted_within, stream};
use crate::{Budget, Clock, FailureKind, LoopSign, StopReason, TransportFault};

const A: &str = r#"{"data": [{"id": "a", "ts": 1699999999}]}"#;
const B: &str = r#"{"data": [{"id": "b"}]}"#;
const EMPTY: &str = r#"{"data": []}"#;

/// How a chain went: its pages' `seq` and record count, then how it ended.
struct Outcome {
    pages: Vec<Page>,
    end: Result<(), ExtractError>,
    failures: Vec<FailedResponse>,
    script: Arc<Script>,
    waited: Duration,
}

async fn pull(stream_name: &str, answers: Vec<Answer>) -> Outcome {
    let slice = match stream_name {
        "windowed" => Slice::Window { from: jiff::Timestamp::UNIX_EPOCH, until: jiff::Timestamp::UNIX_EPOCH },
        _ => Slice::Whole,
    };
    let (extractor, script, clock) = scripted(answers);
    let mut chain = extractor.pages(&stream(stream_name), &params(), &slice).unwrap();
    let mut pages = Vec::new();
    let end = loop {
        match chain.next().await {
            Ok(Some(page)) => pages.push(page),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(script.is_used_up(), "more was scripted than was asked for: {:?}", script.targets());
    Outcome { pages, end, failures: chain.take_failures(), script, waited: clock.elapsed() }
}

/// An error and its causes in one line.
fn told(error: &dyn Error) -> String {
    let causes = error.source().map(|cause| format!(": {}", told(cause))).unwrap_or_default();
    format!("{error}{causes}")
}

#[tokio::test]
async fn pages_come_in_order_with_what_is_seen_of_them() {
    let first = answer(200, A).with("content-type", "application/json").with("set-cookie", "session=1");
    let outcome = pull("listed", vec![first, answer(200, B), answer(200, EMPTY)]).await;
    outcome.end.unwrap();
    let seqs: Vec<_> = outcome.pages.iter().map(|page| (page.seq, page.record_count, page.retries)).collect();
    assert_eq!(seqs, [(1, 1, 0), (2, 1, 0), (3, 0, 0)]);
    let page = &outcome.pages[0];
    assert_eq!(page.body, A);
    assert_eq!(page.url, "https://source.test/api/v3/agents/a1/convos?page=1&limit=100");
    assert_eq!(page.headers, [("content-type".to_owned(), "application/json".to_owned())].into());
    assert_eq!(page.records[0].id.as_deref(), Some("a"));
    assert_eq!(page.records[0].listed_at, Some(jiff::Timestamp::from_second(1_699_999_999).unwrap()));
    let asked = outcome.script.asked.lock().unwrap();
    assert_eq!(asked[0].1.headers["authorization"], format!("Bearer {CANARY}"));
}

#[tokio::test]
async fn nothing_is_asked_for_before_its_turn() {
    let (extractor, script, _) = scripted(vec![answer(200, A), answer(200, EMPTY)]);
    let mut chain = extractor.pages(&stream("numbered"), &params(), &Slice::Whole).unwrap();
    assert_eq!(script.targets().len(), 0);
    chain.next().await.unwrap();
    assert_eq!(script.targets().len(), 1);
    assert!(!chain.is_at_end());
    chain.next().await.unwrap();
    assert!(chain.is_at_end());
    for _ in 0..2 {
        assert!(chain.next().await.unwrap().is_none());
    }
    assert_eq!(script.targets().len(), 2);
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let torn = r#"{"data": [{"id": "a"}"#;
    let (connect, timeout) = (TransportFault::Connect, TransportFault::Timeout);
    for (failure, evidence) in [
        (Answer::Fault(connect), None),
        (Answer::Fault(timeout), None),
        (Answer::Fault(TransportFault::Interrupted), None),
        (Answer::Fault(TransportFault::Encoding), None),
        (
            answer(200, torn),
            Some(
                "the answer was no page: the body is no JSON, or was cut off: it is cut off, at line 1, column 21",
            ),
        ),
        (answer(200, ""), Some("the answer was no page: the body is empty")),
        (answer(204, ""), Some("the answer was no page: the body is empty")),
        (answer(206, A), Some("the answer was no page: the body is a part of a page only (206)")),
        (answer(200, "<html>"), Some("the answer was no page: the body is HTML")),
        (
            answer(200, r#"{"success": false, "message": "busy", "data": []}"#),
            Some("the answer was no page: the source says that it failed: busy"),
        ),
        (answer(408, ""), Some("the source answered 408 Request Timeout: no further words")),
        (answer(429, ""), Some("the source answered 429 Too Many Requests: no further words")),
        (answer(500, r#"{"error": "oops"}"#), Some("the source answered 500 Internal Server Error: oops")),
        (answer(503, "<html>"), Some("the source answered 503 Service Unavailable: an HTML page")),
    ] {
        let outcome = pull("numbered", vec![failure, answer(200, A), answer(200, EMPTY)]).await;
        outcome.end.unwrap();
        assert_eq!(outcome.pages[0].retries, 1);
        assert_eq!(outcome.pages[1].retries, 0);
        let reasons: Vec<_> = outcome.failures.iter().map(|failed| failed.reason.as_str()).collect();
        assert_eq!(reasons, Vec::from_iter(evidence));
    }
}

#[tokio::test]
async fn attempts_are_bounded_and_then_the_source_is_unavailable() {
    for failure in
        [|| answer(503, "down"), || answer(200, "<html>"), || Answer::Fault(TransportFault::Connect)]
    {
        let outcome = pull(
            "numbered",
            vec![answer(200, A), failure(), failure(), failure(), failure(), failure(), failure()],
        )
        .await;
        let error = outcome.end.unwrap_err();
        assert_eq!(error.kind(), FailureKind::Unavailable, "{error}");
        assert!(matches!(error, ExtractError::Unavailable { attempts: 6, .. }));
        assert_eq!(outcome.pages.len(), 1, "what came before stands");
    }
}

#[tokio::test]
async fn after_an_error_the_same_page_is_asked_for_again() {
    let mut answers: Vec<Answer> = (0..6).map(|_| answer(503, "down")).collect();
    answers.extend([answer(200, A), answer(200, EMPTY)]);
    let (extractor, script, _) = scripted(answers);
    let mut chain = extractor.pages(&stream("numbered"), &params(), &Slice::Whole).unwrap();
    chain.next().await.unwrap_err();
    assert_eq!(chain.next().await.unwrap().unwrap().seq, 1);
    assert!(script.targets().iter().all(|target| target.ends_with("page=1")));
}

#[tokio::test]
async fn a_limit_pauses_the_endpoint_for_as_long_as_asked() {
    for (status, retry_after, least) in [
        (429, Some("7"), 7),
        (503, Some("7"), 7),
        (429, Some("Sun, 01 Jun 2025 00:00:10 GMT"), 10),
        (429, Some("999999999"), 300),
        (429, Some("-7"), 1),
        (429, Some("0"), 1),
        (429, None, 1),
    ] {
        let failed = answer(status, "");
        let failed = retry_after.into_iter().fold(failed, |answer, value| answer.with("retry-after", value));
        let outcome = pull("numbered", vec![failed, answer(200, EMPTY)]).await;
        outcome.end.unwrap();
        assert!(
            outcome.waited >= Duration::from_secs(least),
            "{status} {retry_after:?}: {:?}",
            outcome.waited
        );
    }
}

#[tokio::test]
async fn another_chain_of_the_endpoint_keeps_the_pause() {
    let (extractor, script, _) =
        scripted(vec![answer(429, "").with("retry-after", "30"), answer(200, EMPTY), answer(200, EMPTY)]);
    for agent in ["a1", "a2"] {
        let params = ParamSet::from([("agent_id".to_owned(), agent.to_owned())]);
        let mut chain = extractor.pages(&stream("numbered"), &params, &Slice::Whole).unwrap();
        chain.next().await.unwrap();
    }
    let asked = script.asked.lock().unwrap();
    let times: Vec<u64> = asked.iter().map(|(at, _)| at.as_secs()).collect();
    assert_eq!(times, [0, 30, 31]);
    assert!(asked[2].0 - asked[1].0 >= Duration::from_secs(1), "the pace of 2 a second is halved by a limit");
}

#[tokio::test]
async fn what_will_not_pass_is_asked_for_once() {
    for (status, kind, words) in [
        (401, FailureKind::Refused, "check the key in SOURCE_KEY (under Account)"),
        (402, FailureKind::Refused, "check that the plan includes the export"),
        (403, FailureKind::Refused, "check that the plan includes the export"),
        (301, FailureKind::Failed, "redirects are not followed"),
        (304, FailureKind::Failed, "redirects are not followed"),
        (400, FailureKind::Failed, "no such agent"),
        (404, FailureKind::Failed, "no such agent"),
        (422, FailureKind::Failed, "no such agent"),
    ] {
        let outcome = pull("numbered", vec![answer(status, r#"{"message": "no such agent"}"#)]).await;
        let error = outcome.end.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert!(error.to_string().contains(words), "{status}: {error}");
        assert_eq!(outcome.failures.len(), 1, "the answer is kept");
    }
    for fault in [TransportFault::TooLarge { limit_bytes: 9 }, TransportFault::Bomb, TransportFault::Request]
    {
        let error = pull("numbered", vec![Answer::Fault(fault)]).await.end.unwrap_err();
        assert_eq!(error.kind(), FailureKind::Failed);
        assert!(matches!(error, ExtractError::Transport { .. }));
    }
}

#[tokio::test]
async fn a_redirect_is_told_by_where_it_leads_without_a_query() {
    for (location, words) in [
        ("https://ann:pw@other.test/m/?api_key=k#top", "leads to https://other.test/m/; check base_url"),
        ("/m/?page=1", "leads to https://source.test/m/; check base_url"),
        ("mailto:ann", "redirects are not followed; check base_url"),
    ] {
        let outcome = pull("numbered", vec![answer(308, "").with("location", location)]).await;
        let error = outcome.end.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(!error.contains("api_key") && !error.contains("pw@"), "{error}");
    }
}

/// An object of a link and a title is what HAL has for a link (`_links/next/href`).
#[tokio::test]
async fn an_object_in_place_of_a_link_is_the_pipelines_mistake() {
    let page = r#"{"result": {"items": [1]}, "links": {"next": {"href": "/v4/convos?after=1"}}}"#;
    let outcome = pull("linked", vec![answer(200, page)]).await;
    let error = outcome.end.unwrap_err();
    assert_eq!(error.kind(), FailureKind::Config, "asked for once");
    let words = convolake_model::with_causes(&error, ": ");
    assert!(words.ends_with("name one of them, as in /links/next/href"), "{words}");
}

#[tokio::test]
async fn the_next_smaller_page_size_after_a_400() {
    let (extractor, script, _) = scripted(vec![
        answer(400, r#"{"message": "limit must be <= 20"}"#),
        answer(200, EMPTY),
        answer(200, EMPTY),
        answer(400, "bad"),
    ]);
    for _ in 0..2 {
        let mut chain = extractor.pages(&stream("listed"), &params(), &Slice::Whole).unwrap();
        assert!(chain.next().await.unwrap().is_some());
    }
    let mut chain = extractor.pages(&stream("listed"), &params(), &Slice::Whole).unwrap();
    let error = chain.next().await.unwrap_err();
    assert!(matches!(error, ExtractError::Rejected { status: StatusCode::BAD_REQUEST, .. }));
    let targets = script.targets();
    let limits: Vec<&str> = targets.iter().map(|target| target.rsplit('=').next().unwrap()).collect();
    assert_eq!(limits, ["100", "20", "20", "20"], "what was learnt is kept");
}

/// A source that has lost a walk and counts it as under way for a minute.
#[tokio::test]
async fn a_walk_that_may_not_begin_anew_yet_is_waited_for() {
    let (first, second) =
        (r#"{"data": [{"id": "a"}], "cursor": "c1"}"#, r#"{"data": [{"id": "a"}], "cursor": "c2"}"#);
    let mut answers = vec![answer(200, first), answer(404, "expired")];
    answers.extend((0..6).map(|_| answer(400, "scroll already exists")));
    answers.extend([answer(200, second), answer(200, B)]);
    let outcome = pull("windowed", answers).await;
    outcome.end.unwrap();
    assert_eq!(outcome.pages.len(), 3);
    assert!(outcome.waited >= Duration::from_secs(63), "{:?}", outcome.waited);
}

#[tokio::test]
async fn an_expired_cursor_begins_the_slice_anew_once() {
    let (first, second) =
        (r#"{"data": [{"id": "a"}], "cursor": "c1"}"#, r#"{"data": [{"id": "a"}], "cursor": "c2"}"#);
    for status in [400, 404, 410] {
        let answers =
            vec![answer(200, first), answer(status, "expired"), answer(200, second), answer(200, B)];
        let outcome = pull("windowed", answers).await;
        outcome.end.unwrap();
        let seqs: Vec<u32> = outcome.pages.iter().map(|page| page.seq).collect();
        assert_eq!(seqs, [1, 2, 3]);
    }
    let answers = vec![answer(200, first), answer(410, ""), answer(200, second), answer(410, "gone again")];
    let error = pull("windowed", answers).await.end.unwrap_err();
    assert!(matches!(&error, ExtractError::CursorExpired { page: 3, .. }), "{error}");
    assert_eq!(error.kind(), FailureKind::Failed);
}

#[tokio::test]
async fn a_page_that_leads_in_circles_is_given_out_before_the_error() {
    let page = |id: &str| answer(200, format!(r#"{{"data": [{{"id": "{id}"}}], "cursor": "c1"}}"#));
    let outcome = pull("windowed", vec![page("a"), page("b")]).await;
    assert_eq!(outcome.pages.len(), 2);
    let error = outcome.end.unwrap_err();
    assert!(matches!(error, ExtractError::PaginationLoop { page: 2, sign: LoopSign::SameNext, .. }));
}

#[tokio::test]
async fn an_interrupted_chain_goes_on_behind_what_has_landed() {
    let bodies = [
        (200, r#"{"data": [{"id": "a"}], "nextCursor": "c1"}"#),
        (410, ""),
        (200, r#"{"data": [{"id": "a"}], "nextCursor": "c2"}"#),
        (200, r#"{"data": [{"id": "b"}], "nextCursor": "c3"}"#),
        (200, r#"{"data": [{"id": "c"}]}"#),
    ];
    // Larger pages are turned down, so the landed pages are the small ones.
    let answers = || {
        std::iter::once(answer(400, "limit"))
            .chain(bodies.iter().map(|(status, body)| answer(*status, *body)))
    };
    let whole = pull("listed", answers().collect()).await;
    whole.end.unwrap();
    // From behind the fresh beginning on: before it, the run that goes on would meet its own answers.
    for n_landed in 2..=whole.pages.len() {
        let rest = &whole.pages[n_landed..];
        let rest_answers = rest.iter().map(|page| answer(200, page.body.clone())).collect();
        let (extractor, script, _) = scripted(rest_answers);
        let mut chain = extractor.pages(&stream("listed"), &params(), &Slice::Whole).unwrap();
        for page in &whole.pages[..n_landed] {
            let records = chain.take_landed(&page.url, &page.body).unwrap();
            assert_eq!(records, page.records);
        }
        assert!(chain.go_on(whole.pages[0].fetched_at));
        for page in rest {
            let next = chain.next().await.unwrap().unwrap();
            assert_eq!((next.seq, &next.url, &next.body), (page.seq, &page.url, &page.body));
        }
        assert!(chain.next().await.unwrap().is_none());
        assert_eq!(script.targets().len(), rest.len());
    }
}

#[tokio::test]
async fn unanswered_ids_are_told() {
    let (extractor, _, _) = scripted(vec![answer(200, A), answer(200, EMPTY)]);
    let slice = Slice::Ids(vec!["a".into(), "b".into()]);
    let mut chain = extractor.pages(&stream("exported"), &params(), &slice).unwrap();
    while chain.next().await.unwrap().is_some() {}
    assert_eq!(chain.unanswered(), ["b"]);
}

#[tokio::test]
async fn the_key_shows_nowhere() {
    let echo = format!(r#"{{"message": "key {CANARY} is bad", "data": null}}"#);
    let mut shown = format!("{:?}", crate::fakes::credential());
    for status in [200, 401, 403, 404, 429, 500] {
        let answers = || {
            (0..if matches!(status, 200 | 429 | 500) { 6 } else { 1 })
                .map(|_| answer(status, echo.clone()).with("etag", CANARY))
        };
        let outcome = pull("numbered", answers().collect()).await;
        let error = outcome.end.unwrap_err();
        shown += &format!("{error:?} {} {:?}", told(&error), outcome.failures);
        shown += &format!("{:?}", outcome.script.asked.lock().unwrap());
    }
    let cursor = format!(r#"{{"data": [{{"id": "a"}}], "cursor": "{CANARY}"}}"#);
    let outcome = pull("windowed", vec![answer(200, cursor), answer(200, B)]).await;
    shown += &format!("{:?}", outcome.pages[1]);
    assert!(!shown.contains("canary"), "{shown}");
    assert!(shown.contains("[key]") && shown.contains("Sensitive"));
}

#[tokio::test]
async fn the_same_seed_waits_alike() {
    let answers = || vec![answer(500, ""), answer(502, ""), answer(200, EMPTY)];
    let (one, two) = (pull("numbered", answers()).await, pull("numbered", answers()).await);
    assert_eq!(one.waited, two.waited);
}

#[tokio::test]
async fn a_budget_of_requests_ends_a_chain_with_what_came_before_it() {
    let (extractor, script, _) = scripted_within(
        Budget { max_requests: Some(2), ..Budget::default() },
        vec![answer(200, A), answer(200, B)],
    );
    let mut chain = extractor.pages(&stream("numbered"), &params(), &Slice::Whole).unwrap();
    for seq in [1, 2] {
        assert_eq!(chain.next().await.unwrap().unwrap().seq, seq);
    }
    for _ in 0..2 {
        let error = chain.next().await.unwrap_err();
        assert!(matches!(error, ExtractError::Stopped { reason: StopReason::Requests, .. }), "{error}");
        assert_eq!(error.kind(), FailureKind::Stopped);
    }
    assert_eq!(script.targets().len(), 2);
}

/// Pages by number, taken up long after they landed: what the last of them holds now decides.
#[tokio::test]
async fn numbers_that_may_have_moved_are_looked_at_again() {
    const C: &str = r#"{"data": [{"id": "c"}]}"#;
    let (fresh, stale) = ("2025-06-01T00:00:00Z", "2025-05-31T00:00:00Z");
    for (landed_at, answers, expected) in [
        (fresh, &[C, EMPTY][..], &["3", "4"][..]),
        // Not moved, and moved by records that came in front.
        (stale, &[B, C, EMPTY], &["2", "3", "4"]),
        (stale, &[A, B, EMPTY], &["2", "3", "4"]),
        // Moved by more than a page: what lies between was not seen.
        (stale, &[C, A, B, C, EMPTY], &["2", "1", "2", "3", "4"]),
        (stale, &[EMPTY, A, EMPTY], &["2", "1", "2"]),
    ] {
        let (extractor, script, _) = scripted(answers.iter().map(|body| answer(200, *body)).collect());
        let mut chain = extractor.pages(&stream("numbered"), &params(), &Slice::Whole).unwrap();
        for (number, body) in [(1, A), (2, B)] {
            let url = format!("https://source.test/api/v2/agents/a1/convos?page={number}");
            chain.take_landed(&url, body.as_bytes()).unwrap();
        }
        assert!(chain.go_on(landed_at.parse().unwrap()));
        while chain.next().await.unwrap().is_some() {}
        let targets = script.targets();
        let asked: Vec<&str> = targets.iter().map(|target| target.rsplit('=').next().unwrap()).collect();
        assert_eq!(asked, expected, "{landed_at} {answers:?}");
    }
}

#[tokio::test]
async fn a_page_that_landed_twice_is_no_loop() {
    let (extractor, script, _) = scripted(vec![answer(200, EMPTY)]);
    let mut chain = extractor.pages(&stream("numbered"), &params(), &Slice::Whole).unwrap();
    for (number, body) in [(1, A), (2, B), (2, B)] {
        let url = format!("https://source.test/api/v2/agents/a1/convos?page={number}");
        chain.take_landed(&url, body.as_bytes()).unwrap();
    }
    assert!(chain.go_on("2025-06-01T00:00:00Z".parse().unwrap()));
    assert_eq!(chain.next().await.unwrap().unwrap().seq, 4);
    assert!(script.targets()[0].ends_with("page=3"));
}

#[tokio::test]
async fn a_page_size_is_made_smaller_however_it_is_refused() {
    for refused in [
        vec![answer(400, "limit")],
        vec![answer(406, "limit")],
        vec![answer(413, "")],
        vec![answer(422, r#"{"detail": [{"loc": ["query", "limit"]}]}"#)],
        vec![Answer::Fault(TransportFault::TooLarge { limit_bytes: 9 })],
        (0..6).map(|_| answer(200, r#"{"success": false, "message": "limit must be at most 20"}"#)).collect(),
    ] {
        let outcome = pull("listed", refused.into_iter().chain([answer(200, EMPTY)]).collect()).await;
        outcome.end.unwrap();
        assert!(outcome.script.targets().last().unwrap().ends_with("limit=20"));
    }
}

#[tokio::test]
async fn a_number_that_is_turned_down_behind_a_good_page_is_an_end() {
    for status in [400, 404, 422] {
        let turned_down = || answer(status, r#"{"detail": "Invalid page."}"#);
        let (extractor, _, _) = scripted(vec![answer(200, A), turned_down(), answer(200, A), turned_down()]);
        for (ends, odd) in [
            (
                vec![],
                Some(OddEnd::TurnedDown {
                    status: StatusCode::from_u16(status).unwrap(),
                    is_after_full: true,
                }),
            ),
            (vec![EndSign::Status(status)], None),
        ] {
            let ends = ends.into_iter().collect();
            let mut numbered = stream("numbered");
            numbered.answers.ends = ends;
            let mut chain = extractor.pages(&numbered, &params(), &Slice::Whole).unwrap();
            assert!(chain.next().await.unwrap().is_some());
            assert!(chain.next().await.unwrap().is_none());
            assert!(chain.is_at_end());
            assert_eq!(chain.odd_end(), odd);
        }
    }
    // What came before speaks against an end.
    let more = r#"{"data": [{"id": "a"}], "hasMore": true}"#;
    for (stream_name, before, foreseen) in
        [("listed", more, Foreseen::default()), ("numbered", A, Foreseen { records: Some(40), until: None })]
    {
        let (extractor, _, _) = scripted(vec![answer(200, before), answer(404, "down")]);
        let mut chain = extractor.pages(&stream(stream_name), &params(), &Slice::Whole).unwrap();
        chain.foresee(foreseen);
        chain.next().await.unwrap();
        let error = chain.next().await.unwrap_err();
        assert!(matches!(error, ExtractError::Rejected { status: StatusCode::NOT_FOUND, .. }), "{error}");
    }
    let ids = Slice::Ids(vec!["a".into(), "b".into()]);
    let (extractor, _, _) = scripted(vec![answer(200, A), answer(404, "Invalid page.")]);
    let mut chain = extractor.pages(&stream("exported"), &params(), &ids).unwrap();
    while chain.next().await.unwrap().is_some() {}
    assert_eq!(chain.unanswered(), ["b"]);
}

#[tokio::test]
async fn null_for_records_ends_a_chain_and_is_told_of() {
    for (stream_name, answers) in [
        ("windowed", vec![r#"{"data": null, "cursor": null}"#]),
        // In mid-walk it is asked for again.
        (
            "windowed",
            vec![
                r#"{"data": [{"id": "a"}], "cursor": "c1"}"#,
                r#"{"data": null, "cursor": null}"#,
                r#"{"data": null, "cursor": null}"#,
            ],
        ),
        ("numbered", vec![A, r#"{"data": null}"#, r#"{"data": null}"#]),
    ] {
        let (extractor, _, _) = scripted(answers.iter().map(|body| answer(200, *body)).collect());
        let slice = match stream_name {
            "windowed" => {
                Slice::Window { from: jiff::Timestamp::UNIX_EPOCH, until: jiff::Timestamp::UNIX_EPOCH }
            }
            _ => Slice::Whole,
        };
        let mut chain = extractor.pages(&stream(stream_name), &params(), &slice).unwrap();
        while chain.next().await.unwrap().is_some() {}
        let is_after_full = stream_name == "numbered";
        assert_eq!(chain.odd_end(), Some(OddEnd::NullRecords { is_after_full }), "{answers:?}");
    }
}

#[tokio::test]
async fn a_cursor_that_hits_nothing_is_no_end_without_a_word() {
    let full = |member: &str| {
        let records: Vec<String> = (0..1000).map(|id| format!(r#"{{"id": "{id}"}}"#)).collect();
        format!(r#"{{"data": [{}]{member}}}"#, records.join(","))
    };
    let only = r#"{"data": [{"id": "a"}], "more_of_it": "c1"}"#;
    for (body, told) in [
        (
            full(r#", "next": "c1""#),
            "nothing stands at /cursor (pages.cursor); the page has data, next there",
        ),
        (r#"{"data": [{"id": "a"}], "Cursor": "c1"}"#.to_owned(), "did you mean /Cursor?"),
    ] {
        let outcome = pull("windowed", vec![answer(200, body)]).await;
        assert_eq!(outcome.pages.len(), 1, "the page is given out before the error");
        let error = outcome.end.unwrap_err();
        assert_eq!(error.kind(), FailureKind::Config);
        assert!(error.to_string().contains(told), "{error}");
    }
    let (extractor, _, _) = scripted(vec![
        answer(200, only),
        answer(200, r#"{"data": [{"id": "b"}], "cursor": null}"#),
        answer(200, full("")),
    ]);
    let slice = Slice::Window { from: jiff::Timestamp::UNIX_EPOCH, until: jiff::Timestamp::UNIX_EPOCH };
    let mut odd = Vec::new();
    for _ in 0..3 {
        let mut chain = extractor.pages(&stream("windowed"), &params(), &slice).unwrap();
        while chain.next().await.unwrap().is_some() {}
        odd.push(chain.odd_end().map(|odd| odd.to_string()));
    }
    let told = "its only page leads nowhere: nothing stands at /cursor (pages.cursor); the page has data, more_of_it there";
    assert_eq!(odd[0].as_deref(), Some(told));
    assert_eq!(odd[1], None);
    assert_eq!(odd[2].as_deref(), Some("its last page is full, and names no next one"), "it was hit before");
}

#[tokio::test]
async fn a_record_that_is_no_json_costs_no_attempt() {
    let body = r#"{"data": [{"id": "a"}, {"id": "b", "score": NaN}], "cursor": null}"#;
    let outcome = pull("windowed", vec![answer(200, body)]).await;
    outcome.end.unwrap();
    let page = &outcome.pages[0];
    assert_eq!((page.record_count, page.n_broken, page.retries), (2, 1, 0));
    assert_eq!(page.body, body);
    assert_eq!(page.records[1].id.as_deref(), Some("b"));
}

#[tokio::test]
async fn a_minute_s_limit_is_waited_for() {
    let reset = |seconds: u64| answer(429, "").with("x-ratelimit-reset", &seconds.to_string());
    // More often than there are attempts.
    let answers = (0..8).map(|_| reset(40)).chain([answer(200, A), answer(200, EMPTY)]).collect();
    let outcome = pull("numbered", answers).await;
    outcome.end.unwrap();
    assert_eq!(outcome.pages[0].retries, 8);
    assert!((320..600).contains(&outcome.waited.as_secs()), "{:?}", outcome.waited);
    // A limit that is used up with a good answer is waited for before the next request, and so is one behind a 403.
    let used_up = |status, body| {
        answer(status, body).with("x-ratelimit-remaining", "0").with("x-ratelimit-reset", "50")
    };
    for first in [vec![used_up(200, A)], vec![used_up(403, "limit"), answer(200, A)]] {
        let outcome = pull("numbered", first.into_iter().chain([answer(200, EMPTY)]).collect()).await;
        outcome.end.unwrap();
        assert!((50..60).contains(&outcome.waited.as_secs()), "{:?}", outcome.waited);
    }
}

/// GitHub's secondary limits are 403 with `Retry-After` alone, or with nothing but words (`hivecommons/hive#4674`); others know
/// 420 (`NancyFx/Nancy#679`), and 425 asks for another attempt by RFC 8470.
#[tokio::test]
async fn a_limit_that_is_told_of_by_another_status_is_waited_for() {
    let words = r#"{"message": "You have exceeded a secondary rate limit."}"#;
    for (first, seconds) in [
        (answer(403, r#"{"message": "slow down"}"#).with("retry-after", "40"), 40..60),
        (answer(403, words), 1..60),
        (answer(420, ""), 1..60),
        (answer(420, "").with("retry-after", "40"), 40..60),
        (answer(425, ""), 0..60),
        (answer(509, ""), 1..60),
        (answer(529, "").with("retry-after", "40"), 40..60),
    ] {
        let outcome = pull("numbered", vec![first, answer(200, A), answer(200, EMPTY)]).await;
        outcome.end.unwrap();
        assert_eq!(outcome.pages[0].retries, 1);
        assert!(seconds.contains(&outcome.waited.as_secs()), "{seconds:?}: {:?}", outcome.waited);
    }
}

#[tokio::test]
async fn waiting_for_a_limit_ends_with_the_run_and_has_an_end() {
    let limited = || answer(429, "").with("ratelimit-reset", "600");
    let error = pull("numbered", (0..4).map(|_| limited()).collect()).await.end.unwrap_err();
    assert!(matches!(error, ExtractError::Unavailable { attempts: 4, .. }), "{error}");
    let budget = Budget { max_duration: Some(Duration::from_secs(60)), ..Budget::default() };
    let (extractor, _, clock) = scripted_within(budget, vec![limited()]);
    let mut chain = extractor.pages(&stream("numbered"), &params(), &Slice::Whole).unwrap();
    let error = chain.next().await.unwrap_err();
    assert!(matches!(error, ExtractError::Stopped { reason: StopReason::Duration, .. }), "{error}");
    assert!(clock.elapsed() >= Duration::from_secs(60));
}

#[tokio::test]
async fn a_window_longer_than_the_stream_names_may_be_refused_for_that() {
    let at = |text: &str| text.parse().unwrap();
    for (until, status, is_refused) in [
        ("2025-06-10T00:00:00Z", 400, true),
        ("2025-06-10T00:00:00Z", 422, true),
        ("2025-06-10T00:00:00Z", 404, false),
        ("2025-06-02T00:00:00Z", 400, false),
    ] {
        let (extractor, _, _) = scripted(vec![answer(status, "at most 31 days")]);
        let slice = Slice::Window { from: at("2025-06-01T00:00:00Z"), until: at(until) };
        let mut chain = extractor.pages(&stream("windowed"), &params(), &slice).unwrap();
        let error = chain.next().await.unwrap_err();
        let refused =
            matches!(&error, ExtractError::WindowRefused { window, .. } if Slice::from(*window) == slice);
        assert_eq!(refused, is_refused, "{until} {status}: {error}");
    }
}

#[tokio::test]
async fn a_key_in_the_query_is_sent_and_shows_nowhere() {
    let place = convolake_model::KeyPlace::Query { param: "api_key".into() };
    let part = convolake_model::AuthPart { env: "SOURCE_KEY".into(), hint: None, place, line: 1 };
    let auth = convolake_model::Auth { parts: vec![part] };
    let credential =
        crate::Credential::find(&auth, &|_| Some(CANARY.into()), &|_| Ok(String::new())).unwrap();
    let link = format!("?after=1&api_key={CANARY}&x=2");
    let first = format!(r#"{{"result": {{"items": [1]}}, "links": {{"next": "{link}"}}}}"#);
    let clock = Arc::new(crate::fakes::FakeClock::default());
    let script = Arc::new(Script::new(
        Arc::clone(&clock),
        vec![answer(200, first), answer(422, format!("no page {link}"))],
    ));
    let extractor = crate::fakes::extractor_with(
        credential,
        Budget::default(),
        crate::Stop::default(),
        Arc::clone(&script) as _,
        clock,
    );
    let mut stream = stream("linked");
    stream.base_url.set_username("ann").unwrap();
    stream.base_url.set_password(Some(CANARY)).unwrap();
    let mut chain = extractor.pages(&stream, &params(), &Slice::Whole).unwrap();
    let page = chain.next().await.unwrap().unwrap();
    assert_eq!(page.url, "https://source.test/api/v4/convos");
    let error = chain.next().await.unwrap_err();
    let mut shown = format!("{page:?}");
    shown +=
        &format!("{error:?} {} {:?} {:?}", told(&error), chain.take_failures(), script.asked.lock().unwrap());
    assert!(!shown.contains("canary"), "{shown}");
    assert!(
        matches!(&error, ExtractError::Rejected { url, .. } if url == "https://source.test/api/v4/convos?after=1&x=2")
    );
    let sent = script.asked.lock().unwrap()[0].1.url_with_keys();
    assert_eq!(sent.query(), Some(format!("api_key={CANARY}").as_str()));
}
