//! Pipelines and settings that are written wrong: refused before any request, with place and remedy, in no library's words.

use super::project::OwnProject;
use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;

const PIPELINE: &str = "\
name: x
base_url: http://127.0.0.1:9
auth: { header: x-key, env: AGENTX_API_KEY }
params: { bot_name: { required: true } }
rate_limit: { requests_per_second: 500 }
streams:
  t:
    path: /t/{bot_name}
    pages: { cursor: /next, param: cursor }
    records: /data
    schema: x/t
";

/// Words that no user has written and no page of ours explains.
const OF_LIBRARIES: [&str; 10] = [
    "untagged",
    "variant",
    "Written",
    "struct ",
    "Options",
    "invalid type",
    "deserial",
    "mapping start",
    "scalar",
    "relative URL",
];

fn run(text: &str, settings: &[&str]) -> Ended {
    let schema = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n";
    let project = OwnProject::with_pipeline(text, schema).table("u", &[]);
    let lake = Lake::new();
    let call = Convolake::new(&["run", "pipelines/x.yaml"]).folder(project.path()).to(&lake);
    let ended = settings.iter().fold(call, |call, setting| call.set(setting)).ends_somehow();
    assert!(lake.table_files().is_empty());
    ended
}

#[track_caller]
fn is_refused(ended: &Ended, texts: &[&str]) {
    assert_eq!(ended.code, Some(2), "{ended}");
    ended.says(texts);
    for words in OF_LIBRARIES {
        assert!(!ended.stderr.contains(words), "`{words}` is of a library; {ended}");
    }
}

#[test]
fn values_of_another_kind_are_refused_with_what_belongs_there() {
    for (from, to, line, texts) in [
        ("{ requests_per_second: 500 }", "fast", 5, &["`rate_limit`", "{ requests_per_second: 2 }"][..]),
        ("{ requests_per_second: 500 }", "{ requests_per_second: fast }", 5, &["a number was expected"]),
        ("{ cursor: /next, param: cursor }", "[x]", 9, &["`pages`", "{ number: page }"]),
        (
            "{ header: x-key, env: AGENTX_API_KEY }",
            "token",
            3,
            &["`auth`", "{ header: x-api-key, env: MY_KEY }"],
        ),
        ("{ header: x-key, env: AGENTX_API_KEY }", "[token]", 3, &["{ header: x-api-key, env: MY_KEY }"]),
        (
            "{ header: x-key, env: AGENTX_API_KEY }",
            "{ env: X }",
            3,
            &["in `header`, in `query` or in `basic`"],
        ),
        ("{ header: x-key, env: AGENTX_API_KEY }", "{ header: x }", 3, &["`env` is missing"]),
        (
            "{ header: x-key, env: AGENTX_API_KEY }",
            "{ header: x, env: X, basic: { user_env: X } }",
            3,
            &["one of the three"],
        ),
        ("{ header: x-key, env: AGENTX_API_KEY }", "[]", 3, &["`auth` names no key"]),
        (
            "{ bot_name: { required: true } }",
            "{ bot_name: { requird: true } }",
            4,
            &["did you mean `required`?"],
        ),
        ("{ bot_name: { required: true } }", "{ bot_name: { required: maybe } }", 4, &["`true` or `false`"]),
        ("{ bot_name: { required: true } }", "{ bot_name: }", 4, &["nothing (or null, or ~)"]),
        ("{ bot_name: { required: true } }", "{ bot_name: ~ }", 4, &["nothing (or null, or ~)"]),
        ("{ bot_name: { required: true } }", "{ bot_name: [a, null] }", 4, &["nothing (or null, or ~)"]),
        ("{ bot_name: { required: true } }", "{ bot_name: 1.5 }", 4, &["in quotes"]),
        ("{ bot_name: { required: true } }", "b1", 4, &["`params`"]),
        ("records: /data", "records: ~", 10, &["a text was expected under `records`"]),
        ("records: /data", "records: [/data]", 10, &["a single value was expected under `records`"]),
        ("name: x", "name: ~", 1, &["a text was expected under `name`"]),
        ("path: /t/{bot_name}", "path:", 8, &["a text was expected"]),
        ("    records:", "   records:", 9, &["missing field `records`", "line 10", "indented"]),
        ("    records:", "     records:", 10, &["pipelines/x.yaml"]),
        ("records: /data", "records: /data\n    records: /d", 11, &["`records` stands twice"]),
        ("records: /data", "records: /data\n    full_walk: often", 11, &["bad length of time", "as in `2d`"]),
        ("records: /data", "records: /data\n    failed: [oops]", 11, &["{ at: /status, is: error }"]),
        ("records: /data", "records: /data\n    failed: [{ at: /e/* }]", 11, &["`*` has no meaning here"]),
        ("records: /data", "records: /data\n    failed: [{ at: /e, is: 1, not: 2 }]", 11, &["one of them"]),
        ("records: /data", "records: /data\n    success: /a/*", 11, &["`*` has no meaning here"]),
        ("cursor: /next,", "cursor: /links/*/next,", 9, &["`cursor` names one value", "`/links/0/url`"]),
        ("cursor: /next,", "cursor: \"\",", 9, &["`cursor` names one value"]),
        ("param: cursor", "param: cursor, more_is: false", 9, &["`more_is` needs `more`"]),
        ("param: cursor", "param: cursor, ends: [200]", 9, &["200 is no end of pages"]),
        ("param: cursor", "param: cursor, ends: [401]", 9, &["401 is no end of pages"]),
        ("param: cursor", "param: cursor, ends: [nul_records]", 9, &["did you mean `null_records`?"]),
        (
            "param: cursor",
            "param: cursor, ends: 404",
            9,
            &["a list was expected under `ends`", "[404, null_records]"],
        ),
    ] {
        assert!(PIPELINE.contains(from), "{from}");
        let ended = run(&PIPELINE.replacen(from, to, 1), &[]);
        println!("{to}: {}", ended.stderr);
        is_refused(&ended, texts);
        assert!(ended.stderr.contains(&format!("pipelines/x.yaml:{line}")), "{to}: line {line}; {ended}");
    }
}

#[test]
fn settings_of_another_kind_are_refused_by_their_name() {
    for (setting, texts) in [
        ("params.botname.required=", &["--set params.botname.required", "`true` or `false`"][..]),
        ("params.bot_name.required=", &["--set params.bot_name.required", "`true` or `false`"]),
        ("params.bot_name={required: 7}", &["--set params.bot_name", "`true` or `false`"]),
        ("params.bot_name=", &["the param `bot_name`", "is empty"]),
        ("params.bot_name=  ", &["the param `bot_name`", "is empty"]),
        ("rate_limit=fast", &["--set rate_limit", "{ requests_per_second: 2 }"]),
        ("rate_limit.requests_per_second=fast", &["a number was expected"]),
        ("auth=token", &["--set auth", "{ header: x-api-key, env: MY_KEY }"]),
        ("streams.t.pages=[x]", &["--set streams.t.pages", "{ number: page }"]),
        ("streams.t.pages.ends=[soon]", &["--set streams.t.pages.ends", "null_records"]),
        ("streams.t.recrods=/data", &["unknown field `recrods`", "did you mean `records`?"]),
        ("base_url=", &["--set base_url", "a text was expected"]),
        ("base_url=api.example.com", &["--set base_url", "https://"]),
        ("on_mismatch=drop", &["`drop` is not a known value", "keep"]),
        ("nothing", &["has no `=`"]),
    ] {
        let ended = run(PIPELINE, &["params.bot_name=b1", setting]);
        println!("{setting}: {}", ended.stderr);
        is_refused(&ended, texts);
    }
}

/// An id of digits stays as it is written.
#[test]
fn ids_of_digits_keep_their_zeros() {
    let source =
        super::script::Script::start(|_, _| super::script::Answer::json(r#"{"data":[],"next":null}"#));
    let text = PIPELINE.replacen("{ required: true }", "[007, 1_000, 7, \"08\"]", 1);
    let base_url = format!("base_url={}", source.base_url());
    assert_eq!(run(&text, &[&base_url]).code, Some(0));
    let mut paths: Vec<String> = source.asked().iter().map(|asked| asked.path().to_owned()).collect();
    paths.sort();
    assert_eq!(paths, ["/t/007", "/t/08", "/t/1_000", "/t/7"]);
}
