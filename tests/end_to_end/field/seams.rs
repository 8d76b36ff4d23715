//! What lies exactly where one window ends and the next begins.

use std::collections::BTreeSet;

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::lake::Lake;

/// 2025-01-01.
const FIRST: i64 = 1_735_689_600;
const STEP: i64 = 6 * 3600;
const MESSAGES: i64 = 240;

/// A message each six hours, of those whose time lies within the bounds and on neither; newest first, fifty a page.
fn source() -> Script {
    Script::start(|_, asked| {
        let bound = |name| asked.query(name).unwrap().parse::<i64>().unwrap();
        let (oldest, latest) = (bound("oldest"), bound("latest"));
        let all = (0..MESSAGES).rev().map(|n| FIRST + n * STEP).filter(|at| oldest < *at && *at < latest);
        let skipped: usize = asked.query("cursor").map_or(0, |cursor| cursor.parse().unwrap());
        let left: Vec<i64> = all.skip(skipped).collect();
        let page = left.iter().take(50).map(|at| format!(r#"{{"id":"{at}","ts":{at}}}"#)).collect::<Vec<_>>();
        let next = if left.len() > 50 { format!("\"{}\"", skipped + 50) } else { "null".to_owned() };
        Answer::json(format!(r#"{{"data":[{}],"next":{next}}}"#, page.join(",")))
    })
}

/// `run-llama/llama-hub#211`, `jtalk22/slack-mcp-server#143`: Slack's `oldest` and `latest` leave out what lies exactly on them.
#[test]
fn no_message_is_lost_between_windows_that_leave_both_bounds_out() {
    for (bounds, lost) in [("", true), (", bounds: exclusive", false)] {
        let stream = format!(
            "{{ path: /history, slices: {{ window: 1d, from: oldest, until: latest, format: unix_seconds, at: /ts, lookback: 2d{bounds} }}, \
             pages: {{ cursor: /next, param: cursor }}, records: /data, id: /id, schema: x/t }}"
        );
        let project = OwnProject::with_pipeline(
            &format!(
                "name: x\nbase_url: http://127.0.0.1:9\nauth: {{ header: authorization, env: AGENTX_API_KEY }}\n\
                 rate_limit: {{ requests_per_second: 500 }}\nbegin: 2025-01-01\nstreams:\n  t: {stream}\n"
            ),
            "m:\n  columns:\n    id: { at: /id }\n    at: { at: /ts, unit: seconds }\n",
        )
        .table("m", &[]);
        let (source, lake) = (source(), Lake::new());
        for until in ["2025-02-10", "2025-02-20", "2025-03-10"] {
            project.run(&source.base_url(), &lake).args(&["--until", until]).ends(0);
        }
        let rows = lake.rows("m");
        let ids: BTreeSet<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len() < MESSAGES as usize, lost, "{bounds}: {} of {MESSAGES}", ids.len());
    }
}
