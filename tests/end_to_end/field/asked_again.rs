//! What a run asks for again: conversations that go on after weeks, lists whose old entries move, and what that costs.

use std::sync::{Arc, Mutex};

use convolake_simulator::{ChangeRequest, HabitPlan, Habits, Lag, Stream, Version, Which};
use serde_json::{Value, json};

use super::script::{Answer, Asked, Script};
use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;
use crate::source::{Source, lately};
use crate::verify::is_sound;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn now() -> i64 {
    lately().unwrap()
}

/// A conversation and the times of its messages, all of which a person wrote.
#[derive(Debug, Clone)]
struct Talk {
    id: String,
    began: i64,
    last_action_at: i64,
    declared: i64,
    tags: Vec<String>,
    messages: Vec<i64>,
}

/// A source of conversations by their beginning, and of messages by their time.
#[derive(Clone)]
struct Talks(Arc<Mutex<Vec<Talk>>>);

impl Talks {
    /// One that began each twelve hours, of two messages.
    fn each_half_day(n: i64) -> Self {
        let talk = |number: i64| {
            let began = now() - number * DAY / 2 - HOUR;
            Talk {
                id: format!("c{number:03}"),
                began,
                last_action_at: began + 60,
                declared: 2,
                tags: Vec::new(),
                messages: vec![began, began + 60],
            }
        };
        Self(Arc::new(Mutex::new((0..n).map(talk).collect())))
    }

    fn edit(&self, id: &str, edit: impl FnOnce(&mut Talk)) {
        edit(self.0.lock().unwrap().iter_mut().find(|talk| talk.id == id).unwrap());
    }

    fn serve(&self) -> Script {
        let talks = self.clone();
        Script::start(move |_, asked| talks.answer(asked))
    }

    fn answer(&self, asked: &Asked) -> Answer {
        let second = |name: &str| asked.query(name).unwrap().parse::<i64>().unwrap();
        let (from, until) = (second("start_time"), second("end_time"));
        let parent = asked.query("conversation_id");
        let talks = self.0.lock().unwrap();
        let rows: Vec<Value> = match asked.path().ends_with("/conversations") {
            true => talks
                .iter()
                .filter(|talk| (from..until).contains(&talk.began))
                .map(|talk| {
                    let changed = jiff::Timestamp::from_second(talk.last_action_at).unwrap();
                    json!({
                        "_id": talk.id, "startTime": talk.began, "userMessageCount": talk.declared, "tags": talk.tags,
                        "lastActionAt": changed.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
                    })
                })
                .collect(),
            false => talks
                .iter()
                .filter(|talk| parent.is_none_or(|parent| parent == talk.id))
                .flat_map(|talk| {
                    talk.messages.iter().enumerate().map(|(index, at)| {
                        json!({
                            "_id": format!("{}-{index}", talk.id), "conversationId": talk.id, "type": "UserInput",
                            "userInput": "m", "time": at,
                        })
                    })
                })
                .filter(|message| (from..until).contains(&message["time"].as_i64().unwrap()))
                .collect(),
        };
        Answer::json(json!({"data": rows, "cursor": null}).to_string())
    }
}

fn pull(script: &Script, lake: &Lake) -> Ended {
    Convolake::run("agentx", &script.base_url(), lake).set("rate_limit.requests_per_second=1000").ends(0)
}

fn row(lake: &Lake, id: &str) -> Value {
    lake.rows("conversations").into_iter().find(|row| row["conversation_id"] == id).unwrap()
}

fn n_messages(lake: &Lake, id: &str) -> usize {
    lake.rows("messages").iter().filter(|row| row["conversation_id"] == id).count()
}

/// The requests for conversations that began at this time.
fn asked_for(script: &Script, began: i64) -> usize {
    let holds = |asked: &&Asked| {
        let second = |name: &str| asked.query(name).and_then(|text| text.parse::<i64>().ok()).unwrap();
        asked.path().ends_with("/conversations")
            && (second("start_time")..second("end_time")).contains(&began)
    };
    script.asked().iter().filter(holds).count()
}

#[test]
fn a_conversation_that_is_answered_again_after_weeks_is_asked_for_again() {
    let talks = Talks::each_half_day(60);
    let script = talks.serve();
    let lake = Lake::new();
    pull(&script, &lake);
    script.forget();
    pull(&script, &lake);
    let quiet = script.asked().len();
    let began = now() - 20 * DAY - HOUR;
    talks.edit("c040", |talk| {
        assert!((talk.began - began).abs() < 60);
        talk.messages.extend([now() - 30, now() - 20, now() - 10]);
        talk.last_action_at = now() - 10;
        talk.declared = 5;
        talk.tags = vec!["resolved".to_owned()];
    });
    script.forget();
    let ended = pull(&script, &lake);
    assert!(ended.stdout.contains("1 records have changed since they were pulled"), "{ended}");
    assert!(ended.stdout.contains("c040"), "{ended}");
    assert_eq!(n_messages(&lake, "c040"), 5);
    script.forget();
    let ended = pull(&script, &lake);
    assert_eq!(row(&lake, "c040")["tags"], json!(["resolved"]), "{ended}");
    assert_eq!(row(&lake, "c040")["user_messages_declared"], 5);
    let began = talks.0.lock().unwrap()[40].began;
    assert_eq!(asked_for(&script, began), 1);
    let again = script.asked().len();
    println!(
        "figure: one reopened conversation costs {} requests beyond a quiet run's {quiet}",
        again - quiet
    );
    assert!(again <= quiet + 2, "{again} requests, of a quiet run {quiet}");
    script.forget();
    let ended = pull(&script, &lake);
    // It has changed lately, so it is looked at as any that may still change.
    assert!(script.asked().len() <= quiet + 1, "{ended}");
    assert!(!ended.stdout.contains("have changed since"), "{ended}");
    is_sound(&lake);
}

/// A reply that leaves its conversation as it was: no time of change, no count tells of it.
#[test]
fn a_reply_that_changes_nothing_of_its_conversation_is_looked_into_once() {
    let talks = Talks::each_half_day(80);
    talks.edit("c070", |talk| talk.declared = 3);
    let script = talks.serve();
    let lake = Lake::new();
    pull(&script, &lake);
    talks.edit("c070", |talk| talk.messages.push(now() - 30));
    let ended = pull(&script, &lake);
    assert!(ended.stdout.contains("1 records have changed since they were pulled"), "{ended}");
    assert_eq!(n_messages(&lake, "c070"), 3);
    let began = talks.0.lock().unwrap()[70].began;
    for expected in [1, 0, 0] {
        script.forget();
        let ended = pull(&script, &lake);
        assert_eq!(asked_for(&script, began), expected, "{ended}");
    }
}

/// More messages than are declared, though none is newer than the time of change.
#[test]
fn a_conversation_with_more_messages_than_it_declares_is_asked_for_again() {
    let talks = Talks::each_half_day(60);
    talks.edit("c020", |talk| talk.last_action_at = now() - 3 * DAY);
    let script = talks.serve();
    let lake = Lake::new();
    pull(&script, &lake);
    // They come late: their time lies within the lookback, before the time of change.
    talks.edit("c020", |talk| {
        talk.last_action_at = now() - HOUR;
        talk.messages.extend([now() - 2 * HOUR]);
        talk.declared = 3;
    });
    pull(&script, &lake);
    pull(&script, &lake);
    assert_eq!(row(&lake, "c020")["user_messages_declared"], 3);
}

/// A run that is killed between its rows and what it finds out of them: its second commit is not there.
#[test]
fn what_a_killed_run_had_no_time_to_find_out_is_found_by_the_next() {
    let talks = Talks::each_half_day(60);
    let script = talks.serve();
    let lake = Lake::new();
    pull(&script, &lake);
    talks.edit("c040", |talk| {
        talk.messages.push(now() - 30);
        talk.tags = vec!["again".to_owned()];
    });
    pull(&script, &lake);
    let commits = lake.path().join("_convolake/agentx/commits");
    let newest = std::fs::read_dir(commits).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    std::fs::remove_file(newest).unwrap();
    let ended = pull(&script, &lake);
    assert_eq!(row(&lake, "c040")["tags"], json!(["again"]), "{ended}");
}

/// Many at once are asked for in few windows.
#[test]
fn however_many_are_answered_again_all_are_asked_for_in_a_bounded_number_of_windows() {
    let talks = Talks::each_half_day(250);
    let script = talks.serve();
    let lake = Lake::new();
    pull(&script, &lake);
    script.forget();
    pull(&script, &lake);
    let quiet = script.asked().len();
    for number in (10..250).step_by(3) {
        talks.edit(&format!("c{number:03}"), |talk| {
            talk.messages.push(now() - 30);
            talk.declared += 1;
            talk.tags = vec!["again".to_owned()];
        });
    }
    pull(&script, &lake);
    script.forget();
    pull(&script, &lake);
    let again = lake.rows("conversations").iter().filter(|row| row["tags"] == json!(["again"])).count();
    assert_eq!(again, 80);
    let more = script.asked().len() - quiet;
    println!("figure: 80 reopened conversations cost {more} requests beyond a quiet run's {quiet}");
    assert!(more <= 66, "{more} requests");
    is_sound(&lake);
}

/// What nothing tells of is found by the walk of all conversations.
#[test]
fn a_full_walk_finds_what_no_message_tells_of() {
    let talks = Talks::each_half_day(60);
    let script = talks.serve();
    let lake = Lake::new();
    pull(&script, &lake);
    talks.edit("c040", |talk| talk.tags = vec!["closed".to_owned()]);
    pull(&script, &lake);
    assert_eq!(row(&lake, "c040")["tags"], json!([]));
    script.forget();
    Convolake::run("agentx", &script.base_url(), &lake)
        .set("rate_limit.requests_per_second=1000")
        .set("streams.conversations.full_walk=0s")
        .ends(0);
    assert_eq!(row(&lake, "c040")["tags"], json!(["closed"]));
    let n = script.asked().iter().filter(|asked| asked.path().ends_with("/conversations")).count();
    assert!(n <= 12, "{n} requests for 60 conversations");
}

/// A list by last activity: what is answered again after weeks moves to its front, under the time it was made at.
#[test]
fn old_conversations_that_move_to_the_front_of_a_list_are_seen_behind_each_other() {
    const PAGE: usize = 20;
    const N: i64 = 200;
    let order: Arc<Mutex<Vec<(i64, i64)>>> = Arc::new(Mutex::new((0..N).map(|number| (number, 2)).collect()));
    let served = Arc::clone(&order);
    let began = now();
    let script = Script::start(move |_, asked| {
        let order = served.lock().unwrap();
        let meta = |(number, messages): &(i64, i64)| json!({"ID": format!("c{number:03}"), "ts": began - number * DAY, "messagesNum": messages});
        let page: usize = asked.query("page").map_or(1, |text| text.parse().unwrap());
        let is_export = asked.path().ends_with("/export");
        let ids = asked.query("convo_ids").map(|ids| ids.replace("%2C", ","));
        let chosen: Vec<_> = order
            .iter()
            .filter(|(number, _)| {
                ids.as_ref().is_none_or(|ids| ids.split(',').any(|id| id == format!("c{number:03}")))
            })
            .skip((page - 1) * PAGE)
            .take(PAGE)
            .map(|entry| match is_export {
                true => {
                    let turn = |index: i64| json!({"from": "human", "messages": [{"type": "text", "payload": {"message": "m"}, "ts": began - entry.0 * DAY + index}]});
                    json!({"metadata": meta(entry), "turns": (0..entry.1).map(turn).collect::<Vec<_>>()})
                }
                false => meta(entry),
            })
            .collect();
        Answer::json(json!({"success": true, "data": chosen}).to_string())
    });
    let lake = Lake::new();
    let pull = || {
        Convolake::run("convocore", &script.base_url(), &lake)
            .set("rate_limit.requests_per_second=1000")
            .set(&format!("streams.export.base_url={}", script.base_url()))
            .ends(0)
    };
    pull();
    script.forget();
    pull();
    let quiet = script.asked().len();
    {
        // Three pages of old ones come before all others.
        let mut order = order.lock().unwrap();
        let (mut old, rest): (Vec<_>, Vec<_>) = order.iter().copied().partition(|(number, _)| *number >= 150);
        old.iter_mut().for_each(|(_, messages)| *messages = 5);
        *order = old.into_iter().chain(rest).collect();
    }
    script.forget();
    let ended = pull();
    let n_old = lake.rows("conversations").iter().filter(|row| row["messages_declared"] == 5).count();
    assert_eq!(n_old, 50, "{ended}");
    let more = script.asked().len() - quiet;
    println!(
        "figure: 50 conversations that moved up a list cost {more} requests beyond a quiet run's {quiet}"
    );
    assert!(more <= 10, "{more} requests");
}

/// The requests of a run beyond those of a quiet one, for what it is asked again.
#[test]
fn what_is_asked_again_costs_requests_in_proportion() {
    let source = Source::tidy(300);
    let requests = |lake: &Lake, pipeline: &str| {
        source.forget();
        Convolake::pull(pipeline, &source, lake).ends(0);
        let streams = match pipeline {
            "agentx" => vec![Stream::AgentxConversations, Stream::AgentxMessages],
            _ => vec![Stream::ConvocoreList, Stream::ConvocoreExport],
        };
        streams.into_iter().map(|stream| source.requests(stream).len()).sum::<usize>()
    };
    for pipeline in ["agentx", "convocore"] {
        let lake = Lake::new();
        requests(&lake, pipeline);
        let quiet = requests(&lake, pipeline);
        let changed = source.running.change(ChangeRequest { percent: 1.0, seed: 7, at: lately() });
        let n = if pipeline == "agentx" { changed.agentx.len() } else { changed.convocore.len() };
        let first = requests(&lake, pipeline);
        let second = requests(&lake, pipeline);
        let (more, later) = (first.saturating_sub(quiet), second.saturating_sub(quiet));
        println!(
            "figure: {pipeline}, {n} of 300 conversations changed: {more} requests beyond a quiet run's {quiet}, and {later} in \
             the run after it"
        );
        assert!(more <= 2 + n && later <= 2 + n, "{more}, {later}");
    }
    let lake = Lake::new();
    requests(&lake, "convocore");
    let quiet = requests(&lake, "convocore");
    let _ = source.running.change(ChangeRequest { percent: 10.0, seed: 9, at: lately() });
    let lag = Some(Lag { requests: None, seconds: None, of: Which::None, version: Version::Older });
    source.running.set_habits(&HabitPlan::at(Stream::ConvocoreExport, Habits { lag, ..Habits::default() }));
    let mut more = 0;
    for _ in 0..10 {
        more += requests(&lake, "convocore").saturating_sub(quiet);
    }
    println!(
        "figure: a list that is ahead of its export for ten runs: {more} requests beyond ten quiet runs of {quiet}"
    );
    assert!(more <= 10 * 3, "{more} requests");
}
