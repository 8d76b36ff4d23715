//! Batches of ids of which one does harm: ids that hold the separator, ids that are long, ids that are gone.

use std::collections::BTreeSet;

use super::script::{Answer, Asked, Script};
use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;

/// A list that shows these ids, and an export that answers for those asked for, unless `answer` says something else.
fn source(ids: Vec<String>, answer: impl Fn(&[String]) -> Option<Answer> + Send + Sync + 'static) -> Script {
    Script::start(move |_, asked| {
        if asked.path().ends_with("/convos") {
            let is_first = asked.query("page").is_none_or(|page| page == "1");
            let rows = ids.iter().filter(|_| is_first);
            let rows: Vec<String> = rows.map(|id| format!(r#"{{"ID":"{id}","ts":1733011200}}"#)).collect();
            return Answer::json(format!(
                r#"{{"success":true,"data":[{}],"hasMore":false}}"#,
                rows.join(",")
            ));
        }
        // A walk shows nothing, so that all have to be asked for.
        let asked = asked_ids(asked);
        if let Some(answer) = answer(&asked) {
            return answer;
        }
        let records = ids.iter().filter(|id| asked.contains(id)).map(|id| {
            format!(r#"{{"metadata":{{"ID":"{id}","ts":1733011200,"messagesNum":0}},"turns":[]}}"#)
        });
        Answer::json(format!(r#"{{"success":true,"data":[{}]}}"#, records.collect::<Vec<_>>().join(",")))
    })
}

/// As a server reads them: decoded, then taken apart.
fn asked_ids(asked: &Asked) -> Vec<String> {
    let ids = asked.query("convo_ids").map(decoded);
    ids.iter().flat_map(|ids| ids.split(',')).map(str::to_owned).collect()
}

fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

fn call(source: &Script, lake: &Lake) -> Convolake {
    Convolake::run("convocore", &source.base_url(), lake).set("rate_limit.requests_per_second=500")
}

fn run(source: &Script, lake: &Lake) -> Ended {
    call(source, lake).ends(0)
}

fn exported(lake: &Lake) -> BTreeSet<String> {
    let rows = lake.rows("conversations");
    rows.iter().map(|row| row["conversation_id"].as_str().unwrap().to_owned()).collect()
}

fn ids(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("c{n:02}")).collect()
}

/// Aam-Digital/ndb-core 4109: the pieces of such an id are two others.
#[test]
fn an_id_that_holds_the_separator_harms_no_other_and_is_told() {
    let all = [ids(25), vec!["c01,c02".to_owned(), "zü, ß".to_owned()]].concat();
    let (source, lake) = (source(all, |_| None), Lake::new());
    let ended = run(&source, &lake);
    assert_eq!(exported(&lake), ids(25).into_iter().collect(), "{ended}");
    ended.shows(&["c01,c02", "zü, ß"]);
    // The others are asked for together, without them.
    let batches: Vec<Vec<String>> =
        source.asked().iter().map(asked_ids).filter(|ids| ids.len() > 2).collect();
    assert!(batches.iter().all(|ids| ids.iter().all(|id| id.starts_with('c'))), "{batches:?}");
}

/// apache/nifi 2227, warp-drive-data/warp-drive 651.
#[test]
fn urls_are_bounded_by_their_bytes() {
    let all: Vec<String> = (0..25).map(|n| format!("{n:02}{}", "ü".repeat(150))).collect();
    for (most, status) in [(8000, 414), (4096, 400), (1200, 414), (1200, 431)] {
        let known = all.clone();
        let source = source(all.clone(), move |asked| {
            let bytes: usize = asked.iter().map(|id| 2 + 6 * (id.chars().count() - 2) + 3).sum();
            (bytes > most).then(|| Answer::status(status, "Request header is too large"))
        });
        let lake = Lake::new();
        let ended = run(&source, &lake);
        assert_eq!(exported(&lake), known.into_iter().collect(), "{most}, {status}: {ended}");
    }
}

/// PostHog/posthog 102868 and 78929: what the source says names the account; what is told names the id.
#[test]
fn ids_that_are_gone_are_named_and_the_others_come() {
    for (dead, status) in
        [(&["c10"][..], 404), (&["c03", "c17"], 404), (&["c03", "c17"], 403), (&["c00", "c24"], 410)]
    {
        let source = source(ids(25), move |asked| {
            let is_dead = asked.iter().any(|id| dead.contains(&id.as_str()));
            is_dead.then(|| Answer::status(status, r#"{"message":"agent not found"}"#))
        });
        let lake = Lake::new();
        // Where all that came so far was turned down by 403, it may be the key: the next run knows an id that is well.
        let first = call(&source, &lake).ends_somehow();
        let second = run(&source, &lake);
        let alive = ids(25).into_iter().filter(|id| !dead.contains(&id.as_str()));
        assert_eq!(exported(&lake), alive.collect(), "{dead:?}, {status}: {second}");
        let told = format!("{first}{second}");
        assert!(dead.iter().all(|id| told.contains(id)), "{dead:?}, {status}: {told}");
        let n_asked = source.asked().len();
        let ended = run(&source, &lake);
        let again: Vec<Asked> = source.asked().split_off(n_asked);
        let again = again.iter().flat_map(asked_ids).collect::<Vec<_>>();
        assert!(again.is_empty(), "asked for on each run: {again:?}; {ended}");
    }
}

/// zenstackhq/zenstack 1573: of those asked for only the first few are answered, with 200.
#[test]
fn a_source_that_answers_for_few_ids_at_once_is_asked_for_the_others() {
    for n_answered in [1, 5] {
        let source = source(ids(45), move |asked| {
            let records = asked.iter().take(n_answered).filter(|id| id.starts_with('c')).map(|id| {
                format!(r#"{{"metadata":{{"ID":"{id}","ts":1733011200,"messagesNum":0}},"turns":[]}}"#)
            });
            let records: Vec<String> = records.collect();
            Some(Answer::json(format!(r#"{{"success":true,"data":[{}]}}"#, records.join(","))))
        });
        let lake = Lake::new();
        let mut n_runs = 0;
        while exported(&lake).len() < 45 {
            n_runs += 1;
            assert!(n_runs <= 3, "{n_answered}: {} of 45", exported(&lake).len());
            run(&source, &lake);
        }
    }
}

/// A list that is oldest first ends with what is new.
#[test]
fn a_list_that_is_oldest_first_is_walked_to_its_end() {
    let ids = std::sync::Arc::new(std::sync::Mutex::new(ids(50)));
    let listed = std::sync::Arc::clone(&ids);
    let source = Script::start(move |_, asked| {
        let listed = listed.lock().unwrap().clone();
        let page = asked.query("page").map_or(1, |page| page.parse::<usize>().unwrap());
        let at = |id: &str| 1_733_011_200 + 3600 * id[1..].parse::<i64>().unwrap();
        let is_list = asked.path().ends_with("/convos");
        let chosen = asked_ids(asked);
        let shown = listed
            .iter()
            .filter(|id| chosen.is_empty() || chosen.contains(id))
            .skip((page - 1) * 20)
            .take(20);
        let records = shown.map(|id| match is_list {
            true => format!(r#"{{"ID":"{id}","ts":{}}}"#, at(id)),
            false => format!(r#"{{"metadata":{{"ID":"{id}","ts":{}}},"turns":[]}}"#, at(id)),
        });
        Answer::json(format!(r#"{{"success":true,"data":[{}]}}"#, records.collect::<Vec<_>>().join(",")))
    });
    let lake = Lake::new();
    run(&source, &lake);
    ids.lock().unwrap().extend(["c98".to_owned(), "c99".to_owned()]);
    run(&source, &lake);
    assert_eq!(exported(&lake).len(), 52);
    assert_eq!(lake.rows("leads").len(), 52);
}
