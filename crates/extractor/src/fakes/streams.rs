//! Streams to pull, and what is known of them.

use convolake_model::{ParamSet, Pipeline, Stream};
use jiff::Timestamp;

use crate::plan::Facts;

const PIPELINE: &str = r#"
name: fake
base_url: https://source.test/api
auth: { header: authorization, prefix: "Bearer ", env: SOURCE_KEY, hint: under Account }
params: { agent_id: a1 }
rate_limit: { requests_per_second: 2 }
streams:
  windowed:
    path: /v1/messages
    query: { bot_name: "{agent_id}" }
    slices: { window: 1d, from: start_time, until: end_time, format: unix_seconds, at: /ts }
    pages: { cursor: /cursor, param: cursor, size: { param: per_page, sizes: [1000] } }
    records: /data
    success: /success
    message: /message
    id: /id
    schema: fake/windowed
  numbered:
    path: /v2/agents/{agent_id}/convos
    pages: { number: page }
    records: /data
    success: /success
    message: /message
    id: /id
    schema: fake/numbered
  listed:
    path: /v3/agents/{agent_id}/convos
    pages: { number: page, cursor: /nextCursor, param: cursor, more: /hasMore, size: { param: limit, sizes: [100, 20] } }
    records: /data
    success: /success
    message: /message
    id: /id
    listed_at: /ts
    schema: fake/listed
  linked:
    path: /v4/convos
    pages: { next_link: /links/next }
    records: /result/items
    schema: fake/linked
  exported:
    path: /v2/agents/{agent_id}/convos/export
    pages: { number: page }
    records: /data
    id: /id
    changed: { list: listed, param: convo_ids, batch: 20 }
    schema: fake/exported
"#;

pub(crate) fn pipeline() -> Pipeline {
    Pipeline::parse("fake.yaml", PIPELINE, &[]).unwrap()
}

pub(crate) fn stream(name: &str) -> Stream {
    pipeline().streams[name].clone()
}

pub(crate) fn params() -> ParamSet {
    ParamSet::from([("agent_id".to_owned(), "a1".to_owned())])
}

/// What is known before the first run.
pub(crate) fn facts(now: &str) -> Facts {
    Facts {
        begin: Timestamp::UNIX_EPOCH,
        watermark: None,
        now: now.parse().unwrap(),
        last_full_walk: None,
        was_first_walk: false,
        unfinished: None,
        open: Vec::new(),
        reopened: Vec::new(),
    }
}
