//! Page sizes that a source turns down, and encodings that are none.

use std::io::Write;

use super::failures_and_ends::{project, records};
use super::script::{Answer, Script};
use crate::lake::Lake;

/// A source that takes pages of at most so many.
fn source(most: usize, refusal: Answer) -> Script {
    Script::start(move |_, asked| {
        let size: usize = asked.query("limit").unwrap().parse().unwrap();
        if size > most {
            return refusal.clone();
        }
        let from: usize = asked.query("cursor").map_or(0, |cursor| cursor.parse().unwrap());
        let ids: Vec<u32> = (0..45).skip(from).take(size).collect();
        let next = if from + size < 45 { format!("\"{}\"", from + size) } else { "null".to_owned() };
        Answer::json(format!(r#"{{"data":[{}],"next":{next}}}"#, records(&ids)))
    })
}

/// hashicorp/terraform-website 1148, amp-labs/connectors 2023: one size is named, and is too large.
#[test]
fn a_page_size_that_is_turned_down_is_halved_until_it_is_taken() {
    for (most, refusal) in [
        (100, Answer::status(422, r#"{"error":"Limit must be between 1 and 100"}"#)),
        (999, Answer::status(400, r#"{"message":"limit must be less than 1000"}"#)),
        (100, Answer::status(413, r#"{"message":"per_page is too large"}"#)),
        (10, Answer::status(400, r#"{"detail":[{"loc":["query","limit"],"msg":"must be at most 10"}]}"#)),
    ] {
        let stream = "{ path: /t, pages: { cursor: /next, param: cursor, size: { param: limit, sizes: [1000] } }, records: /data, id: /id, success: /success, schema: x/t }";
        let (source, lake) = (source(most, refusal), Lake::new());
        let ended = project(stream).run(&source.base_url(), &lake).ends(0);
        assert_eq!(lake.rows("u").len(), 45, "{ended}");
        // Once for the whole run: the pages behind are asked for by the size that was taken.
        let n_refused = source.asked().iter().filter(|asked| asked.query("cursor").is_none()).count();
        assert!(n_refused <= 9, "{n_refused}; {ended}");
    }
}

/// What is turned down in other words is turned down: nothing is tried that the source did not speak of.
#[test]
fn what_is_not_about_the_size_is_not_tried_again() {
    let stream = "{ path: /t, pages: { cursor: /next, param: cursor, size: { param: limit, sizes: [1000] } }, records: /data, id: /id, schema: x/t }";
    let source = source(0, Answer::status(400, r#"{"message":"no such account"}"#));
    project(stream).run(&source.base_url(), &Lake::new()).ends(1);
    assert_eq!(source.asked().len(), 1);
}

/// encode/httpx 195, aio-libs/aiohttp 1931, apache/httpcomponents-client 698.
#[test]
fn a_content_encoding_that_is_none_is_taken_for_none() {
    let stream = "{ path: /t, pages: {}, records: /data, id: /id, schema: x/t }";
    let plain = || format!(r#"{{"data":[{}]}}"#, records(&[1, 2]));
    for encoding in
        ["UTF-8", "utf8", "none", "", " ", "aws-chunked", "identity", "identity, identity", "binary", "7bit"]
    {
        let source = Script::start(move |_, _| Answer::json(plain()).header("Content-Encoding", encoding));
        let lake = Lake::new();
        project(stream).run(&source.base_url(), &lake).ends(0);
        assert_eq!(lake.rows("u").len(), 2, "{encoding}");
    }
    for encoding in ["utf-8, gzip", "gzip, identity", "GZIP", "x-gzip", "aws-chunked,gzip"] {
        let source = Script::start(move |_, _| {
            let mut answer = Answer::json("").header("Content-Encoding", encoding);
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(plain().as_bytes()).unwrap();
            answer.body = gzip.finish().unwrap();
            answer
        });
        let lake = Lake::new();
        project(stream).run(&source.base_url(), &lake).ends(0);
        assert_eq!(lake.rows("u").len(), 2, "{encoding}");
    }
}
