//! What is said of a question that cannot be answered: what, where, and the word that was meant.

use crate::call::{Call, csv, refused};
use crate::lake::Lake;

#[track_caller]
fn check(lake: &Lake, sql: &str, expected: &str) {
    assert_eq!(refused(lake, sql, 2), expected, "{sql}");
}

#[test]
fn errors_point_into_the_sql() {
    let lake = Lake::small();
    check(
        &lake,
        "SELECT count(*) FROM mesages",
        "error: there is no table `mesages`, at line 1, column 22
  1 | SELECT count(*) FROM mesages
    |                      ^^^^^^^
  hint: did you mean `messages`? the lake has conversations, messages, turns
",
    );
    check(
        &lake,
        "SELECT source,\n  sent_att FROM messages",
        "error: there is no column `sent_att`, at line 2, column 3
  2 |   sent_att FROM messages
    |   ^^^^^^^^
  hint: did you mean `sent_at`?
",
    );
    check(
        &lake,
        "SELECT locale FROM messages",
        "error: there is no column `locale`, at line 1, column 8
  1 | SELECT locale FROM messages
    |        ^^^^^^
  hint: `conversations` has one
",
    );
    check(
        &lake,
        "SELECT mediann(turn_index) FROM messages",
        "error: there is no function `mediann`, at line 1, column 8
  1 | SELECT mediann(turn_index) FROM messages
    |        ^^^^^^^
  hint: did you mean `median`?
",
    );
    for sql in
        ["SELECT FROM WHERE", "SELEC 1", "SELECT (1", "", ";", "SELECT 1; SELECT 2", "DROP TABLE messages"]
    {
        let said = refused(&lake, sql, 2);
        assert!(
            said.starts_with("error: ") && !said.contains("Polars") && !said.contains("sql parser"),
            "{said}"
        );
    }
}

#[test]
fn a_place_that_is_no_lake_is_told_of() {
    let lake = Lake::new();
    let said = refused(&lake, "SELECT 1", 2);
    assert!(said.contains("is no lake"), "{said}");
    assert!(!lake.path().exists());
}

#[test]
fn memory_that_is_too_little_is_refused() {
    let lake = Lake::small();
    let ended = Call::query(&lake, &["--memory", "10MB", "SELECT 1"]).ends(2);
    assert!(ended.stderr.contains("the least that works is --memory"), "{}", ended.stderr);
    Call::query(&lake, &["--memory", "256MB", "SELECT 1"]).ends(0);
}

#[test]
fn what_is_said_can_be_lines_of_json() {
    let lake = Lake::small();
    let ended = Call::query(&lake, &["--log-format", "json", "SELECT x FROM messages"]).ends(2);
    let line: serde_json::Value = serde_json::from_str(ended.stderr.trim()).unwrap();
    assert_eq!((&line["level"], &line["exit_code"]), (&"error".into(), &2.into()));
    assert_eq!(csv(&lake, "SELECT 1 AS one"), "one\n1\n");
}
