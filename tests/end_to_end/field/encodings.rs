//! Encodings that are none.

use std::io::Write;

use super::failures_and_ends::{project, records};
use super::script::{Answer, Script};
use crate::lake::Lake;

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
