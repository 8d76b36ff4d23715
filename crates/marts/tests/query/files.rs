//! Which files are read: those that the newest commits name, and of them only those that the question may need.

use std::fs;

use serde_json::json;

use crate::call::{Call, csv, refused};
use crate::lake::Lake;

/// What is not opened may be anything.
fn damage(lake: &Lake, partition: &str) {
    let damaged: Vec<_> = lake
        .files("messages")
        .into_iter()
        .filter(|path| path.to_str().unwrap().contains(&format!("source=agentx/{partition}/")))
        .collect();
    assert_eq!(damaged.len(), 1, "{damaged:?}");
    for path in damaged {
        fs::write(path, "no Parquet").unwrap();
    }
}

#[test]
fn files_that_cannot_hold_a_row_are_not_opened() {
    let lake = Lake::small();
    damage(&lake, "month=2025-03");
    for condition in [
        "month = '2025-04'",
        "month >= '2025-04'",
        "source = 'convocore'",
        "date = DATE '2025-04-02'",
        "date >= '2025-04-01'",
        "date BETWEEN '2025-04-01' AND '2025-04-30'",
        "sent_at >= TIMESTAMP '2025-04-01 00:00:00'",
        "sent_at >= '2025-04-01'",
        "sent_at > '2025-04-01T00:00:00Z' AND role = 'human'",
        "month IN ('2025-04', '2025-05')",
    ] {
        let sql = format!("SELECT message_id FROM messages WHERE {condition} ORDER BY 1");
        let found = csv(&lake, &sql);
        match condition.starts_with("source") {
            true => assert_eq!(found, "message_id\n0.0\n1.0\n", "{condition}"),
            false => assert_eq!(found, "message_id\nm3\n", "{condition}"),
        }
    }
    let said = refused(&lake, "SELECT message_id FROM messages", 1);
    assert!(said.contains("messages/source=agentx/month=2025-03/part-0.parquet"), "{said}");
    assert!(said.contains("convolake verify"), "{said}");
    let ended =
        Call::query(&lake, &["-v", "SELECT message_id FROM messages WHERE month = '2025-04'"]).ends(0);
    assert!(ended.stderr.contains("messages: 1 of 4 files read"), "{}", ended.stderr);
}

#[test]
fn only_files_that_the_newest_commit_names_are_read() {
    let lake = Lake::small();
    let one = lake.files("messages").remove(0);
    fs::copy(&one, one.with_file_name("part-7.parquet")).unwrap();
    fs::create_dir_all(lake.path().join("messages/source=other/month=2025-01")).unwrap();
    fs::copy(&one, lake.path().join("messages/source=other/month=2025-01/part-0.parquet")).unwrap();
    assert_eq!(csv(&lake, "SELECT count(*) AS n FROM messages"), "n\n6\n");
}

#[test]
fn rows_without_a_date_have_none() {
    let lake = Lake::small();
    let sql = "SELECT message_id, date, month FROM messages WHERE date IS NULL";
    assert_eq!(csv(&lake, sql), "message_id,date,month\nm4,,\n");
    let sql = "SELECT count(*) AS n FROM messages WHERE month IS NULL";
    assert_eq!(csv(&lake, sql), "n\n1\n");
}

#[test]
fn partitions_of_days_have_the_same_columns() {
    let lake = Lake::new();
    let records = json!([
        {"_id": "m1", "conversationId": "c", "time": "2025-03-30T10:00:00Z", "type": "UserInput", "userInput": "a"},
        {"_id": "m2", "conversationId": "c", "time": "2025-04-02T10:00:00Z", "type": "UserInput", "userInput": "b"},
        {"_id": "m3", "conversationId": "c", "type": "UserInput", "userInput": "c"},
    ]);
    lake.flatten_by_days("agentx/messages", "bot_name=b", &records);
    let sql = "SELECT message_id, source, date, month FROM messages ORDER BY message_id";
    let expected = "message_id,source,date,month\nm1,agentx,2025-03-30,2025-03\nm2,agentx,2025-04-02,2025-04\nm3,agentx,,\n";
    assert_eq!(csv(&lake, sql), expected);
    damage(&lake, "date=2025-03-30");
    for condition in
        ["date = '2025-04-02'", "date > '2025-03-30'", "month = '2025-04'", "sent_at >= '2025-04-01'"]
    {
        let sql = format!("SELECT message_id FROM messages WHERE {condition}");
        assert_eq!(csv(&lake, &sql), "message_id\nm2\n", "{condition}");
    }
}

#[test]
fn sources_by_days_and_by_months_stand_side_by_side() {
    let lake = Lake::new();
    let message =
        |id: &str, time: &str| json!({"_id": id, "conversationId": "c", "time": time, "type": "UserInput"});
    lake.flatten("agentx/messages", "bot_name=b", &json!([message("m1", "2025-03-30T10:00:00Z")]));
    let by_days = Lake::new();
    let turn = json!({"from": "human", "messages": [{"type": "text", "payload": "hi", "ts": 1_743_328_800}]});
    let records = json!([{"metadata": {"ID": "v1", "ts": 1_743_328_800}, "turns": [turn]}]);
    by_days.flatten_by_days("convocore/export", "agent_id=a1", &records);
    lake.take_in(&by_days);
    let sql = "SELECT source, message_id, date, month FROM messages ORDER BY source";
    let expected =
        "source,message_id,date,month\nagentx,m1,2025-03-30,2025-03\nconvocore,0.0,2025-03-30,2025-03\n";
    assert_eq!(csv(&lake, sql), expected);
    let sql = "SELECT count(*) AS n FROM messages WHERE date = '2025-03-30' AND month = '2025-03'";
    assert_eq!(csv(&lake, sql), "n\n2\n");
}

#[test]
fn a_column_that_came_later_is_null_in_earlier_files() {
    let lake = Lake::small();
    let message =
        json!({"_id": "m9", "conversationId": "c", "time": "2025-06-01T00:00:00Z", "type": "UserInput"});
    lake.flatten_with_new_column("mood", &json!([message]));
    let sql = "SELECT count(*) AS n, count(mood) AS moods, count(DISTINCT source) AS sources FROM messages";
    assert_eq!(csv(&lake, sql), "n,moods,sources\n7,0,2\n");
    let sql =
        "SELECT message_id, mood FROM messages WHERE month = '2025-03' AND source = 'agentx' ORDER BY 1";
    assert_eq!(csv(&lake, sql), "message_id,mood\nm1,\nm2,\n");
    let sql = "SELECT count(*) AS n FROM messages WHERE mood IS NULL";
    assert_eq!(csv(&lake, sql), "n\n7\n");
}
