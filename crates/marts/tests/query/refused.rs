//! SQL that is not answered rather than answered in another way than SQL has it: with its place, and what can be asked instead.

use crate::call::{Call, csv, refused};
use crate::lake::Lake;

#[test]
fn what_is_not_answered_is_told_with_its_place() {
    let lake = Lake::small();
    for (sql, expected) in [
        (
            "SELECT message_id FROM messages WHERE sent_at > 5",
            "a time is not compared with a number, at line 1, column 49",
        ),
        (
            "SELECT message_id, message_id FROM messages",
            "two columns of the answer are named `message_id`, at line 1, column 20",
        ),
        (
            "SELECT role, text FROM messages GROUP BY role",
            "`text` is neither grouped by nor aggregated, at line 1, column 14",
        ),
        (
            "SELECT role, count(*) FROM messages GROUP BY ROLLUP (role)",
            "ROLLUP, CUBE and GROUPING SETS are not taken, at line 1",
        ),
        (
            "SELECT message_id FROM messages WHERE (role, text) = ('a', 'b')",
            "rows in brackets are not compared, at line 1, column 40",
        ),
        ("SELECT message_id FROM messages WHERE text SIMILAR TO 'h.*'", "SIMILAR TO is not taken, at line 1"),
        ("SELECT message_id FROM messages ORDER BY text COLLATE nocase", "COLLATE is not taken, at line 1"),
        (
            "SELECT source FROM messages AS m JOIN turns AS t ON m.source = t.source",
            "the column `source` is in several tables: m, t, at line 1, column 8",
        ),
        (
            "SELECT DISTINCT role FROM messages ORDER BY text",
            "DISTINCT rows are ordered by what is selected, at line 1, column 45",
        ),
        (
            "SELECT message_id FROM messages WHERE count(*) > 1",
            "WHERE takes no aggregate and no window, at line 1",
        ),
        (
            "SELECT median(turn_index) OVER (ORDER BY message_id) AS m FROM messages",
            "`median` is not taken in this window, at line 1, column 8",
        ),
        (
            "SELECT sum(turn_index) OVER (ORDER BY message_id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS s FROM messages",
            "these rows of a window are not taken, at line 1, column 8",
        ),
        (
            "SELECT (SELECT max(t.turn_index) FROM turns AS t WHERE t.source = m.source) AS x FROM messages AS m",
            "there is no table `m` behind this FROM, at line 1, column 67",
        ),
        (
            "SELECT m.message_id FROM messages AS m FULL JOIN turns AS t ON m.source = t.source AND m.turn_index < t.turn_index",
            "a condition of both tables beside the keys of a FULL JOIN is not taken, at line 1",
        ),
        ("SELECT CAST(text AS BIGINT) AS n FROM messages", "the query cannot be answered: "),
        ("SELECT sent_at AT TIME ZONE '+02:00' AS t FROM messages", "and not `+02:00`"),
    ] {
        let said = refused(&lake, sql, 2);
        assert!(said.contains(expected), "{sql}\n{said}");
        assert!(!said.contains("Ident") && !said.contains("Polars"), "{sql}\n{said}");
    }
}

#[test]
fn sql_may_begin_with_a_comment_or_with_the_mark_of_an_editor() {
    let lake = Lake::small();
    assert_eq!(csv(&lake, "-- how many\nSELECT count(*) AS n FROM messages"), "n\n6\n");
    let file = lake.beside("question.sql");
    std::fs::write(&file, "\u{feff}SELECT 1 AS one").unwrap();
    let ended = Call::query(&lake, &["--output", "csv", "--file", file.to_str().unwrap()]).ends(0);
    assert_eq!(ended.stdout, "one\n1\n");
}

#[test]
fn rows_without_a_date_meet_no_condition_on_their_month() {
    let lake = Lake::small();
    for condition in
        ["month <> '2025-04'", "NOT (month = '2025-04')", "month LIKE '2025-03'", "month < '2025-04'"]
    {
        let sql = format!("SELECT count(*) AS n, count(month) AS m FROM messages WHERE {condition}");
        assert_eq!(csv(&lake, &sql), "n,m\n4,4\n", "{condition}");
    }
}
