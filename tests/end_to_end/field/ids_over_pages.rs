//! Sources that are asked for the messages of a conversation by its id, and give them on several pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::project::OwnProject;
use super::script::{Answer, Asked, Script};
use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::until::until;

/// Conversations and how many messages each has.
const MESSAGES: [(&str, usize); 3] = [("c1", 5), ("c2", 1), ("c3", 12)];
const IN_ALL: usize = 18;
const A_PAGE: usize = 4;

/// How an answer tells of the page that follows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Cursor,
    Link,
    More,
    Last,
    Number,
}

/// The messages of the ids asked for, four a page.
fn messages(way: Way, asked: &Asked) -> String {
    let ids = asked.query("ids").unwrap_or_default().replace("%2C", ",");
    let all: Vec<String> = ids
        .split(',')
        .flat_map(|id| {
            let n = MESSAGES.iter().find(|(known, _)| *known == id).map_or(0, |(_, n)| *n);
            (0..n).map(move |i| {
                format!(r#"{{"id":"{id}-{i}","c":"{id}","text":"x","t":{}}}"#, 1_740_000_000 + i)
            })
        })
        .collect();
    let page: usize = asked.query("page").map_or(1, |page| page.parse().unwrap());
    let data = all.iter().skip((page - 1) * A_PAGE).take(A_PAGE).cloned().collect::<Vec<_>>().join(",");
    let is_more = page * A_PAGE < all.len();
    let rest = match way {
        Way::Cursor if is_more => format!(r#","next":"{}""#, page + 1),
        Way::Link if is_more => format!(r#","next":"/export?ids={ids}&page={}""#, page + 1),
        Way::Cursor | Way::Link => r#","next":null"#.to_owned(),
        Way::More => format!(r#","has_more":{is_more}"#),
        Way::Last => format!(r#","pages":{}"#, all.len().div_ceil(A_PAGE)),
        Way::Number => String::new(),
    };
    format!(r#"{{"data":[{data}]{rest}}}"#)
}

fn list(asked: &Asked) -> Answer {
    let is_first = asked.query("page").is_none_or(|page| page == "1");
    let records = MESSAGES.iter().filter(|_| is_first).map(|(id, _)| format!(r#"{{"id":"{id}"}}"#));
    Answer::json(format!(r#"{{"data":[{}]}}"#, records.collect::<Vec<_>>().join(",")))
}

fn source(way: Way) -> Script {
    Script::start(move |_, asked| match asked.path() {
        "/list" => list(asked),
        _ => Answer::json(messages(way, asked)),
    })
}

/// A list, and messages that are asked for by the ids it shows; the rows of a conversation say in which version it was listed.
fn project(way: Way, batch: u32) -> OwnProject {
    let pages = match way {
        Way::Cursor => "{ cursor: /next, param: page }",
        Way::Link => "{ next_link: /next }",
        Way::More => "{ number: page, more: /has_more }",
        Way::Last => "{ number: page, last: /pages }",
        Way::Number => "{ number: page }",
    };
    let project = OwnProject::with_pipeline(
        &format!(
            "name: x\nbase_url: http://127.0.0.1:9\nauth: {{ header: authorization, env: AGENTX_API_KEY }}\n\
             rate_limit: {{ requests_per_second: 500 }}\nstreams:\n  list:\n    path: /list\n    pages: {{ number: page }}\n    \
             records: /data\n    id: /id\n    lookback: 1d\n    schema: x/list\n  t:\n    path: /export\n    pages: {pages}\n    \
             records: /data\n    id: /c\n    changed: {{ list: list, param: ids, batch: {batch} }}\n    schema: x/t\n"
        ),
        "m:\n  columns:\n    id: { at: /id }\n    c: { at: /c }\n    at: { at: /t }\n    _listed: { listed: c }\n",
    )
    .table("m", &["c: { type: string, required: true }", "_listed: { type: string }"])
    .table("l", &[]);
    project.write("schemas/x/list.yaml", "l:\n  columns:\n    id: { at: /id }\n");
    project
}

/// `mvanhorn/printing-press-library#1652` and `activepieces/activepieces#15472`: the replies of a thread end with their first page.
#[test]
fn further_pages_of_ids_are_asked_for_once_all_ids_are_answered() {
    for way in [Way::Cursor, Way::Link, Way::More, Way::Last, Way::Number] {
        for batch in [1, 3] {
            let (source, lake, project) = (source(way), Lake::new(), project(way, batch));
            let ended = project.run(&source.base_url(), &lake).ends(0);
            assert_eq!(lake.rows("m").len(), IN_ALL, "{way:?} {batch}: {ended}");
            let report = ended.report();
            let streams = report["streams"].as_array().unwrap();
            assert!(streams.iter().all(|stream| stream["unanswered"].as_array().is_none_or(Vec::is_empty)));
            source.forget();
            project.run(&source.base_url(), &lake).ends(0);
            let again = source.asked().iter().filter(|asked| asked.path() == "/export").count();
            assert_eq!(again, 0, "{way:?} {batch}: nothing has changed");
        }
    }
}

/// A page in the midst of a conversation's messages fails: those that have come say in which version it was listed, and yet
/// the conversation is asked for by the next run.
#[test]
fn ids_that_came_in_part_are_asked_for_again() {
    let is_down = Arc::new(AtomicBool::new(true));
    let down = Arc::clone(&is_down);
    let source = Script::start(move |_, asked| match asked.path() {
        "/list" => list(asked),
        _ if asked.query("page") == Some("2") && down.load(Ordering::SeqCst) => Answer::status(400, "{}"),
        _ => Answer::json(messages(Way::Cursor, asked)),
    });
    let (lake, project) = (Lake::new(), project(Way::Cursor, 1));
    project.run(&source.base_url(), &lake).ends(1);
    let rows = lake.rows("m").len();
    assert!((1..IN_ALL).contains(&rows), "{rows}");
    is_down.store(false, Ordering::SeqCst);
    let ended = project.run(&source.base_url(), &lake).ends(0);
    assert_eq!(lake.rows("m").len(), IN_ALL, "{ended}");
    source.forget();
    project.run(&source.base_url(), &lake).ends(0);
    assert!(source.asked().iter().all(|asked| asked.path() == "/list"), "nothing is left");
}

/// A run that is killed in the midst of a conversation's messages has landed pages of it and committed nothing. The next one merges
/// them, and with them in which version the conversation was listed; where it may ask for little itself, the one after asks.
#[test]
fn ids_of_a_killed_run_that_came_in_part_are_asked_for_again() {
    for budget in [None, Some("1"), Some("2")] {
        let is_stuck = Arc::new(AtomicBool::new(true));
        let stuck = Arc::clone(&is_stuck);
        let source = Script::start(move |_, asked| match asked.path() {
            "/list" => list(asked),
            _ => {
                if asked.query("page") == Some("2") {
                    until("the run is killed", || !stuck.load(Ordering::SeqCst));
                }
                Answer::json(messages(Way::Cursor, asked))
            }
        });
        let (lake, project) = (Lake::new(), project(Way::Cursor, 3));
        let mut running = project.run(&source.base_url(), &lake).start();
        // Where a page names the next one, it has landed before that is asked for.
        until("a second page is asked for", || {
            source.asked().iter().any(|asked| asked.query("page") == Some("2") && asked.path() == "/export")
        });
        running.child.kill().unwrap();
        running.child.wait().unwrap();
        is_stuck.store(false, Ordering::SeqCst);
        if let Some(requests) = budget {
            project.run(&source.base_url(), &lake).args(&["--max-requests", requests]).ends(75);
            let rows = lake.rows("m").len();
            assert!((A_PAGE..IN_ALL).contains(&rows), "what has landed: {rows}");
        }
        let ended = project.run(&source.base_url(), &lake).ends(0);
        assert_eq!(lake.rows("m").len(), IN_ALL, "{budget:?}: {ended}");
    }
}

/// A source that knows no export without ids is one that `check` and `plan` ask with some, and they find nothing wrong.
#[test]
fn check_asks_a_stream_of_ids_for_some_of_its_list() {
    let source = Script::start(|_, asked| match asked.path() {
        "/list" => list(asked),
        _ if asked.query("ids").is_none() => Answer::status(400, r#"{"error":"invalid_arguments"}"#),
        _ => Answer::json(messages(Way::Cursor, asked)),
    });
    let (lake, project) = (Lake::new(), project(Way::Cursor, 2));
    let call = |words: &[&str]| {
        let base_url = format!("base_url={}", source.base_url());
        Convolake::new(words).folder(project.path()).set(&base_url)
    };
    let ended = call(&["check", "pipelines/x.yaml"]).ends(0);
    assert!(!ended.to_string().contains("asks for every id"), "{ended}");
    assert!(source.asked().iter().any(|asked| asked.query("ids") == Some("c1%2Cc2")), "{ended}");
    call(&["plan", "pipelines/x.yaml", "--probe"]).to(&lake).ends(0);
    // Without a column for it, nothing says what need not be asked for again.
    project.write(
        "schemas/x/t.yaml",
        "m:\n  columns:\n    id: { at: /id }\n    c: { at: /c }\n    at: { at: /t }\n",
    );
    for ended in
        [call(&["check", "pipelines/x.yaml"]).ends(0), call(&["plan", "pipelines/x.yaml"]).to(&lake).ends(0)]
    {
        assert!(ended.to_string().contains("each run asks for every id that list shows"), "{ended}");
    }
}

/// `id` names the message's own id: what came is kept, and the run says what is wrong.
#[test]
fn records_of_other_ids_than_were_asked_for_are_told_of() {
    let (source, lake, project) = (source(Way::Cursor), Lake::new(), project(Way::Cursor, 2));
    let pipeline = std::fs::read_to_string(project.path().join("pipelines/x.yaml")).unwrap();
    project.write("pipelines/x.yaml", pipeline.replace("id: /c\n", "id: /id\n"));
    let ended = project.run(&source.base_url(), &lake).ends(0);
    assert_eq!(lake.rows("m").len(), IN_ALL, "{ended}");
    let report = ended.report();
    let warnings = report["streams"][1]["warnings"].to_string();
    assert!(warnings.contains("`id` must point at what `ids` takes"), "{warnings}");
}

/// A message that is gone at the source stays in the lake, and with it what its conversation was listed as before.
#[test]
fn a_message_that_is_gone_has_its_conversation_asked_for_once() {
    let is_gone = Arc::new(AtomicBool::new(false));
    let gone = Arc::clone(&is_gone);
    let source = Script::start(move |_, asked| {
        let is_gone = gone.load(Ordering::SeqCst);
        if asked.path() == "/list" {
            let is_first = asked.query("page").is_none_or(|page| page == "1");
            let record = format!(r#"{{"id":"c1","gone":{is_gone}}}"#);
            return Answer::json(format!(
                r#"{{"data":[{}]}}"#,
                if is_first { record } else { String::new() }
            ));
        }
        let record = |id: &str| format!(r#"{{"id":"{id}","c":"c1","t":1740000000}}"#);
        let all = if is_gone { record("m0") } else { [record("m0"), record("m1")].join(",") };
        Answer::json(format!(r#"{{"data":[{all}],"next":null}}"#))
    });
    let (lake, project) = (Lake::new(), project(Way::Cursor, 1));
    let asked = || {
        source.forget();
        project.run(&source.base_url(), &lake).ends(0);
        source.asked().iter().filter(|asked| asked.path() == "/export").count()
    };
    assert_eq!(asked(), 1);
    is_gone.store(true, Ordering::SeqCst);
    assert_eq!([asked(), asked()], [1, 0], "changed, and then known");
    assert_eq!(lake.rows("m").len(), 2);
}
