//! Keys in headers, in the query and as user and password: sent, and shown or kept nowhere, whatever the source does with them.

use std::path::Path;

use super::project::OwnProject;
use super::script::{Answer, Asked, Script};
use crate::convolake::{Convolake, Ended};
use crate::lake::{Lake, files_below};

const QUERY_KEY: &str = "q-Canary+4711/aZ";
const APP_ID: &str = "a-canary-0815-bX";
const PASSWORD: &str = "p:Canary 99@cY";
const USER: &str = "ann@canary.invalid";

const SCHEMA: &str = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n";

fn project(auth: &str) -> OwnProject {
    OwnProject::with_pipeline(
        &format!(
            "name: x\nbase_url: http://127.0.0.1:9\nauth:\n{auth}\nrate_limit: {{ requests_per_second: 500 }}\n\
             timeouts: {{ idle: 1s }}\nstreams:\n  t:\n    path: /t\n    pages: {{ next_link: /next }}\n    records: /data\n    \
             id: /id\n    schema: x/t\n"
        ),
        SCHEMA,
    )
    .table("u", &[])
}

fn three_places() -> OwnProject {
    project(
        "  - { query: api_key, env: X_QUERY_KEY, hint: under Account }\n  - { header: x-app-id, env: X_APP_ID }\n  \
         - { basic: { user_env: X_USER, password_env: X_PASSWORD } }",
    )
}

fn with_keys(call: Convolake) -> Convolake {
    call.env("X_QUERY_KEY", QUERY_KEY).env("X_APP_ID", APP_ID).env("X_USER", USER).env("X_PASSWORD", PASSWORD)
}

fn call(words: &[&str], project: &OwnProject, base_url: &str, lake: &Lake) -> Ended {
    let call = Convolake::new(words).folder(project.path()).to(lake).set(&format!("base_url={base_url}"));
    with_keys(call.args(&["-v", "-v", "-v"])).ends_somehow()
}

fn percent(text: &str, is_kept: fn(&u8) -> bool) -> String {
    let encode =
        |byte: u8| if is_kept(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}

/// Each key as somebody might write it.
fn spellings() -> Vec<String> {
    let mut all = Vec::new();
    for key in [QUERY_KEY, APP_ID, PASSWORD] {
        let encoded = percent(key, u8::is_ascii_alphanumeric);
        let as_form = encoded.replace("%20", "+").replace("%2D", "-");
        let in_json = serde_json::to_string(key).unwrap();
        all.extend([key.to_owned(), encoded.to_ascii_lowercase(), encoded, as_form]);
        all.push(in_json[1..in_json.len() - 1].replace('/', "\\/"));
    }
    // `USER:PASSWORD`, as the header holds it.
    all.push("YW5uQGNhbmFyeS5pbnZhbGlkOnA6Q2FuYXJ5IDk5QGNZ".to_owned());
    all
}

#[track_caller]
fn holds_no_key(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for key in spellings() {
        assert!(!text.contains(&key), "{what} holds {key}: {text}");
    }
}

/// Names and contents of all that is in the lake, as it lies and decompressed.
#[track_caller]
fn lake_holds_no_key(lake: &Lake) {
    for path in files_below(lake.path()) {
        let name = path.display().to_string();
        holds_no_key(&name, name.as_bytes());
        holds_no_key(&name, &std::fs::read(&path).unwrap());
        if let Some(plain) = decompressed(&path) {
            holds_no_key(&name, &plain);
        }
    }
}

fn decompressed(path: &Path) -> Option<Vec<u8>> {
    let is_zstd = path.extension().is_some_and(|extension| extension == "zst");
    is_zstd.then(|| zstd::decode_all(std::fs::read(path).unwrap().as_slice()).unwrap())
}

fn echo(asked: &Asked) -> String {
    let header = |name| asked.header(name).unwrap_or_default().to_owned();
    let target = asked.target.replace('"', "");
    let json = serde_json::to_string(&format!("{QUERY_KEY} {APP_ID} {PASSWORD}")).unwrap();
    format!(
        r#"{{"message": {json}, "target": "{target}", "sent": ["{}", "{}"], "php": "{}"}}"#,
        header("authorization"),
        header("x-app-id"),
        QUERY_KEY.replace('/', "\\/"),
    )
}

#[test]
fn every_key_is_sent_where_it_belongs_and_stands_nowhere_else() {
    let source = Script::start(|_, asked| match asked.query("page") {
        // A link to the next page that holds the key, as sources with keys in the query give them, and a page that repeats it.
        None => {
            let next = format!("/t?page=2&api_key={}", percent(QUERY_KEY, u8::is_ascii_alphanumeric));
            Answer::json(format!(
                r#"{{"data":[{{"id":"1","at":"2024-12-01T00:00:00Z","you":{}}}, {{"at":"{APP_ID}"}}],"next":"{next}"}}"#,
                serde_json::to_string(QUERY_KEY).unwrap()
            ))
        }
        Some(_) => Answer::json(r#"{"data":[{"id":"2","at":"2024-12-01T00:00:01Z"}],"next":null}"#),
    });
    let (project, lake) = (three_places(), Lake::new());
    let ended = call(&["run", "pipelines/x.yaml", "--output", "json"], &project, &source.base_url(), &lake);
    assert_eq!(ended.code, Some(65), "a record without id is quarantined; {ended}");
    assert_eq!(lake.rows("u").len(), 2);
    let asked = source.asked();
    assert_eq!(asked.len(), 2);
    for asked in &asked {
        assert_eq!(asked.query("api_key"), Some("q-Canary%2B4711%2FaZ"), "{}", asked.target);
        assert_eq!(asked.target.matches("api_key").count(), 1, "{}", asked.target);
        assert_eq!(asked.header("x-app-id"), Some(APP_ID));
        assert_eq!(asked.header("authorization"), Some("Basic YW5uQGNhbmFyeS5pbnZhbGlkOnA6Q2FuYXJ5IDk5QGNZ"));
    }
    holds_no_key("the run", ended.to_string().as_bytes());
    for words in [&["status"][..], &["plan", "pipelines/x.yaml"], &["check", "pipelines/x.yaml"]] {
        let call = Convolake::new(words).folder(project.path()).to(&lake).args(&["-v", "-v", "-v"]);
        holds_no_key(words[0], with_keys(call).ends_somehow().to_string().as_bytes());
    }
    lake_holds_no_key(&lake);
    let replayed =
        Convolake::new(&["replay", "pipelines/x.yaml"]).folder(project.path()).to(&lake).ends_somehow();
    assert!(matches!(replayed.code, Some(0 | 65)), "{replayed}");
    assert_eq!(lake.rows("u").len(), 2);
}

#[test]
fn no_failure_shows_a_key() {
    type Failing = fn(&Asked) -> Answer;
    let failures: [(&str, Failing, i32); 7] = [
        ("401 that echoes", |asked| Answer::status(401, echo(asked)), 77),
        ("404 that echoes", |asked| Answer::status(404, echo(asked)), 1),
        ("500 that echoes", |asked| Answer::status(500, echo(asked)), 75),
        ("broken JSON", |asked| Answer::json(&echo(asked)[1..]), 75),
        (
            "success: false",
            |asked| Answer::json(format!(r#"{{"success": false, "data": [], "message": {}}}"#, echo(asked))),
            75,
        ),
        (
            "a redirect",
            |asked| {
                let to = format!("http://other.invalid{}", asked.target);
                Answer::status(302, echo(asked)).header("location", &to).header("x-request-id", QUERY_KEY)
            },
            1,
        ),
        (
            "no answer in time",
            |_| {
                std::thread::sleep(std::time::Duration::from_secs(4));
                Answer::json("{}")
            },
            75,
        ),
    ];
    let project = three_places();
    for (what, failing, code) in failures {
        let source = Script::start(move |_, asked| failing(asked));
        let lake = Lake::new();
        let words = &["run", "pipelines/x.yaml", "--max-duration", "2s"];
        let ended = call(words, &project, &source.base_url(), &lake);
        assert_eq!(ended.code, Some(code), "{what}: {ended}");
        holds_no_key(what, ended.to_string().as_bytes());
        assert!(ended.stderr.contains("/t"), "{what}: the place is told; {ended}");
        lake_holds_no_key(&lake);
        if code == 77 {
            ended.says(&["X_QUERY_KEY or X_APP_ID or X_USER or X_PASSWORD", "under Account"]);
        }
    }
    for unreachable in ["http://no-such-host.invalid", "http://127.0.0.1:9"] {
        let lake = Lake::new();
        let ended = call(&["run", "pipelines/x.yaml", "--max-duration", "2s"], &project, unreachable, &lake);
        assert_ne!(ended.code, Some(0));
        holds_no_key(unreachable, ended.to_string().as_bytes());
        lake_holds_no_key(&lake);
    }
}

#[test]
fn a_key_from_a_file_and_a_user_without_password() {
    let source = Script::start(|_, _| Answer::json(r#"{"data":[],"next":null}"#));
    let project = project("  basic: { user_env: X_USER }");
    let key = project.write("key", format!("{APP_ID}\n"));
    let lake = Lake::new();
    let run = || Convolake::new(&["run", "pipelines/x.yaml"]).folder(project.path()).to(&lake);
    let run = || run().set(&format!("base_url={}", source.base_url()));
    // As editors of some systems write it.
    let marked = project.write("marked", format!("\u{feff}{APP_ID}\r\n"));
    for file in [key, marked] {
        source.forget();
        run().env("X_USER_FILE", file.to_str().unwrap()).ends(0);
        assert_eq!(source.asked()[0].header("authorization"), Some("Basic YS1jYW5hcnktMDgxNS1iWDo="));
    }
    for (variables, expected) in [
        (&[][..], "X_USER is not set, nor is X_USER_FILE"),
        (&[("X_USER", "")], "X_USER is set, and empty"),
        (&[("X_USER", " \t")], "X_USER is set, and empty"),
        (&[("X_USER_FILE", "")], "X_USER_FILE is set, and empty"),
        (&[("X_USER_FILE", "/dev/null")], "the file that X_USER_FILE names is empty"),
        (&[("X_USER_FILE", APP_ID)], "the file that X_USER_FILE names"),
        (&[("X_USER", "a\nb")], "the key in X_USER"),
    ] {
        let call = variables.iter().fold(run(), |call, (name, value)| call.env(name, value));
        let ended = call.ends_somehow();
        let is_refused = ended.code == Some(2) && ended.stderr.contains(expected);
        // A line break within a user is none in the header, where the pair is encoded.
        assert!(
            is_refused || variables.first().is_some_and(|(_, value)| value.contains('\n')),
            "{expected}: {ended}"
        );
        assert!(!ended.stderr.contains(APP_ID), "{ended}");
    }
}

#[test]
fn what_may_be_a_secret_is_refused_without_being_repeated() {
    const SECRET: &str = "S3cret-pw";
    let source = Script::start(|_, _| Answer::json(r#"{"data":[],"next":null}"#));
    let lake = Lake::new();
    let base_urls = [
        format!("https://ann:{SECRET}@h.invalid"),
        format!("https://{SECRET}@h.invalid"),
        format!("https://ann:{SECRET}%40h.invalid"),
        format!("https://ann:{SECRET}/?#x@h.invalid"),
        format!("https://h.invalid/?api_key={SECRET}"),
        format!("https://h.invalid/#{SECRET}"),
        format!("h.invalid:{SECRET}"),
        format!("https://h.invalid:{SECRET}"),
        SECRET.to_owned(),
    ];
    for base_url in &base_urls {
        let refused = project("  { header: x-key, env: X_APP_ID }");
        for command in ["run", "plan", "check"] {
            let call = Convolake::new(&[command, "pipelines/x.yaml"]).folder(refused.path()).to(&lake);
            let ended = call.set(&format!("base_url={base_url}")).env("X_APP_ID", APP_ID).ends(2);
            assert!(!ended.to_string().contains(SECRET), "{ended}");
            assert!(ended.to_string().contains("hint"), "{ended}");
        }
        let text = std::fs::read_to_string(refused.path().join("pipelines/x.yaml")).unwrap();
        refused.write("pipelines/x.yaml", text.replace("http://127.0.0.1:9", base_url));
        let ended = Convolake::new(&["run", "pipelines/x.yaml"]).folder(refused.path()).to(&lake).ends(2);
        ended.says(&["pipelines/x.yaml:2"]);
        assert!(!ended.to_string().contains(SECRET), "{ended}");
    }
    for to in [
        format!("s3://ID:{SECRET}@bucket/p"),
        format!("s3://ID:{SECRET}/x@bucket/p"),
        format!("s3://{SECRET}@bucket"),
        format!("s3:/ID:{SECRET}@bucket"),
        format!("s3://ID:{SECRET}%40bucket"),
        format!("https://h.invalid/p?sig={SECRET}"),
    ] {
        for command in [&["run", "agentx", "--set", "params.bot_name=b"][..], &["status"], &["verify"]] {
            let ended = Convolake::new(command).args(&["--to", &to]).ends(2);
            assert!(!ended.to_string().contains(SECRET), "{to}: {ended}");
        }
    }
    // Where a key is written in place of the name of its variable, and everywhere a block is meant.
    for auth in [
        format!("  {{ header: x-key, env: {SECRET} }}"),
        "  { header: x-key, env: skLive99S3cretX0815 }".to_owned(),
        format!("  {{ header: \"x-key: {SECRET}\", env: X }}"),
        format!("  {{ header: x-key, prefix: \"Bearer sk-live-99-0815-4711-{SECRET}\", env: X }}"),
        format!("  {SECRET}"),
        format!("  [{SECRET}]"),
        format!("  {{ query: \"api_key={SECRET}\", env: X }}"),
        format!("  {{ basic: {SECRET} }}"),
    ] {
        let ended =
            Convolake::new(&["run", "pipelines/x.yaml"]).folder(project(&auth).path()).to(&lake).ends(2);
        ended.says(&["pipelines/x.yaml:", "hint"]);
        assert!(!ended.to_string().contains("S3cret"), "{ended}");
    }
    assert!(source.asked().is_empty());
}

/// A link that leads to another host, or names a user of its own, is followed by no key.
#[test]
fn a_foreign_link_is_not_followed_and_its_password_not_shown() {
    let other = Script::start(|_, _| Answer::json(r#"{"data":[],"next":null}"#));
    let to_other = other.base_url().replace("http://", "http://ann:S3cret-pw@");
    let source = Script::start(move |_, _| {
        Answer::json(format!(
            r#"{{"data":[{{"id":"1","at":"2024-12-01T00:00:00Z"}}],"next":"{to_other}/t?api_key=S3cret-pw"}}"#
        ))
    });
    let (project, lake) = (three_places(), Lake::new());
    let ended = call(&["run", "pipelines/x.yaml"], &project, &source.base_url(), &lake);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(other.asked().is_empty());
    assert!(!ended.to_string().contains("S3cret-pw"), "{ended}");
    ended.says(&["is not the source; it is not followed"]);
}

/// What stands under `query` is kept; `check` says so of what reads as a key.
#[test]
fn check_warns_of_a_key_among_the_query_parameters() {
    let source = Script::start(|_, _| Answer::json(r#"{"data":[],"next":null}"#));
    let schema = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n";
    let stream =
        "{ path: /t, query: { api-key: x }, pages: { next_link: /next }, records: /data, schema: x/t }";
    let project = OwnProject::new(stream, schema).table("u", &[]);
    let check = Convolake::new(&["check", "pipelines/x.yaml"]).folder(project.path());
    let ended = check.set(&format!("base_url={}", source.base_url())).ends(0);
    ended.shows(&["the query parameter `api-key` reads as a key", "auth: { query: api-key, env: MY_KEY }"]);
}
