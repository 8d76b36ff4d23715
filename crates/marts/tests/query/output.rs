//! The forms of a result.

use crate::call::{Call, csv};
use crate::lake::Lake;

const MESSAGES: &str = "SELECT source, message_id, sent_at, date, month, text, extra FROM messages WHERE source = 'agentx' ORDER BY message_id";

#[test]
fn a_table_is_for_people() {
    let lake = Lake::small();
    let shown = Call::query(
        &lake,
        &["SELECT message_id, turn_index, text FROM messages ORDER BY source, message_id"],
    )
    .ends(0)
    .stdout;
    let expected = "\
message_id  turn_index  text
----------  ----------  ---------------------
m1                NULL  hello \\u{1b}[31mred
m2                NULL  hi
m3                NULL  an \"old\" line\\nof two
m4                NULL  no time
0.0                  0  hi there
1.0                  1  hello
(6 rows)
";
    assert_eq!(shown, expected);
    let one = Call::query(&lake, &["--limit", "2", "SELECT message_id FROM messages ORDER BY message_id"]);
    assert!(one.ends(0).stdout.ends_with("(the first 2 rows; there are more: --limit N, or --out FILE)\n"));
    let none = Call::query(&lake, &["SELECT message_id FROM messages WHERE message_id = 'x'"]).ends(0).stdout;
    assert!(none.ends_with("(0 rows)\n"), "{none}");
}

#[test]
fn csv_tells_null_from_nothing_and_keeps_lists() {
    let lake = Lake::small();
    let expected = "source,message_id,sent_at,date,month,text,extra\n\
        agentx,m1,2025-03-30T10:00:00.000000Z,2025-03-30,2025-03,hello \u{1b}[31mred,";
    let text = csv(&lake, MESSAGES);
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("\"an \"\"old\"\" line\nof two\",\"{\"\"odd\"\":{\"\"a\"\":1}"), "{text}");
    assert!(text.contains("agentx,m4,,,,no time,"), "{text}");
    let tags = csv(&lake, "SELECT tags FROM conversations WHERE source = 'agentx' ORDER BY conversation_id");
    assert_eq!(tags, "tags\n\"[\"\"a\"\",\"\"b,c\"\"]\"\n[]\n");
    assert_eq!(csv(&lake, "SELECT text FROM messages WHERE text = 'x'"), "text\n");
    assert_eq!(csv(&lake, "SELECT '' AS nothing, NULL AS null_"), "nothing,null_\n\"\",\n");
}

#[test]
fn json_is_one_document_and_ndjson_a_line_a_row() {
    let lake = Lake::small();
    let json = Call::query(&lake, &["--output", "json", MESSAGES]).ends(0).stdout;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[1]["sent_at"], "2025-03-30T10:00:05.5Z");
    assert_eq!(rows[0]["text"], "hello \u{1b}[31mred");
    assert_eq!(rows[3]["date"], serde_json::Value::Null);
    let lines = Call::query(&lake, &["--output", "ndjson", MESSAGES]).ends(0).stdout;
    let of_lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(of_lines, rows);
    let empty =
        Call::query(&lake, &["--output", "json", "SELECT text FROM messages WHERE text = 'x'"]).ends(0);
    assert_eq!(empty.stdout, "[]\n");
    let tags = Call::query(
        &lake,
        &["--output", "ndjson", "SELECT tags, 1.5 AS n, true AS b FROM conversations WHERE locale = 'en'"],
    );
    assert_eq!(tags.ends(0).stdout, "{\"tags\":[\"a\",\"b,c\"],\"n\":1.5,\"b\":true}\n");
}

#[test]
fn a_file_is_there_once_it_is_whole() {
    let lake = Lake::small();
    let out = lake.beside("answer.parquet");
    let out = out.to_str().unwrap();
    Call::query(&lake, &["--out", out, MESSAGES]).ends(0);
    let again = format!("SELECT count(*) AS n, count(sent_at) AS dated FROM read_parquet('{out}')");
    assert_eq!(csv(&lake, &again), "n,dated\n4,3\n");
    Call::query(&lake, &["--output", "parquet", MESSAGES]).ends(2);
    let failed = lake.beside("failed.csv");
    Call::query(&lake, &["--out", failed.to_str().unwrap(), "SELECT nothing FROM messages"]).ends(2);
    assert!(!failed.exists());
    let nowhere = lake.beside("no/such/folder.csv");
    let ended = Call::query(&lake, &["--out", nowhere.to_str().unwrap(), MESSAGES]).ends(2);
    assert!(ended.stderr.contains("could not write"), "{}", ended.stderr);
}

#[test]
fn sql_comes_from_the_argument_standard_input_or_a_file() {
    let lake = Lake::small();
    let sql = "SELECT count(*) AS n FROM messages";
    assert_eq!(Call::query(&lake, &["--output", "csv"]).input(sql).ends(0).stdout, "n\n6\n");
    let file = lake.beside("question.sql");
    std::fs::write(&file, format!("-- how many\n{sql};\n")).unwrap();
    let call = Call::query(&lake, &["--output", "csv", "--file", file.to_str().unwrap()]);
    assert_eq!(call.ends(0).stdout, "n\n6\n");
    Call::query(&lake, &[]).input("").ends(2);
}

#[test]
fn tables_and_columns_are_told() {
    let lake = Lake::small();
    let tables = csv(&lake, "SHOW TABLES");
    assert!(
        tables
            .starts_with("name,kind,sources,rows,files,bytes\nconversations,table,\"agentx, convocore\",3,"),
        "{tables}"
    );
    let columns = csv(&lake, "DESCRIBE messages");
    assert!(columns.starts_with("name,type\nsource,string\nagent_id,string\n"), "{columns}");
    assert!(columns.ends_with("page,string\ndate,date\nmonth,string\n"), "{columns}");
}

/// `head` has seen enough: what it has read is whole. A document that is cut is none.
#[test]
fn who_closes_stdout_early_has_seen_enough_of_lines() {
    let lake = Lake::small();
    for (form, code) in [("csv", 0), ("ndjson", 0), ("json", 1)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
        command.args(["query", "--to", &lake.to, "--output", form, "SELECT * FROM messages"]);
        let output = command.stdout(writer).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let output = output.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{form}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stderr.is_empty(), code == 0, "{form}");
    }
}
