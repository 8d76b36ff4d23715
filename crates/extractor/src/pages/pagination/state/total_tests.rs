//! Walks of sources that say how many records there are.

use super::tests::shown;
use super::*;
use crate::{envelope, fakes};

/// `estuary/connectors#1906`, `airbytehq/airbyte#10700`: a search gives its first 10,000 results, and says how many there are.
#[test]
fn pages_that_end_after_fewer_records_than_there_are_have_not_come_to_an_end() {
    let mut stream = fakes::stream("listed");
    stream.pages.total = convolake_model::Pointer::parse("/total").ok();
    let page = |id: &str, rest: &str| format!(r#"{{"data": [{{"id": "{id}"}}], "hasMore": true{rest}}}"#);
    let last = |id: &str, rest: &str| format!(r#"{{"data": [{{"id": "{id}"}}], "hasMore": false{rest}}}"#);
    let empty = |rest: &str| format!(r#"{{"data": [], "hasMore": false{rest}}}"#);
    for (answers, expected) in [
        (vec![page("a", r#", "total": 2"#), last("b", r#", "total": 2"#)], "end"),
        (vec![page("a", r#", "total": 3"#), last("b", r#", "total": 3"#)], "2 of 3"),
        (vec![page("a", r#", "total": "3""#), last("b", "")], "2 of 3"),
        // One that came in the meantime comes with the next run, and one that went is not missed.
        (vec![page("a", r#", "total": 2"#), last("b", r#", "total": 3"#)], "end"),
        (vec![page("a", r#", "total": 3"#), last("b", r#", "total": 2"#)], "end"),
        // Behind the last page some count nothing.
        (vec![page("a", r#", "total": 3"#), empty(r#", "total": 0"#)], "1 of 3"),
        (vec![empty(r#", "total": 37"#)], "0 of 37"),
        (vec![empty(r#", "total": 0"#)], "end"),
        (vec![last("a", r#", "total": null"#)], "end"),
    ] {
        let mut walk = PaginationState::new(&stream.pages, None);
        for answer in &answers {
            walk.take(&envelope::read(&stream, answer.as_bytes()).unwrap(), &stream.base_url);
        }
        assert_eq!(shown(walk.step()), expected, "{answers:?}");
    }
    // A number that is turned down is no end either, and a page that is taken back is not counted.
    stream.pages.more = None;
    let mut walk = PaginationState::new(&stream.pages, None);
    for _ in 0..2 {
        walk.take(
            &envelope::read(&stream, page("a", r#", "total": 2"#).as_bytes()).unwrap(),
            &stream.base_url,
        );
        assert!(walk.step_back());
    }
    walk.take(&envelope::read(&stream, page("a", r#", "total": 2"#).as_bytes()).unwrap(), &stream.base_url);
    walk.end();
    assert_eq!(shown(walk.step()), "1 of 2");
}
