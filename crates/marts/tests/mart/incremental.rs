//! Only what changed is built anew, and what comes of it is what is built from nothing.

use serde_json::json;

use crate::build::{build, contents, conversation, from_nothing, half_a_year, message, months};
use crate::call::csv;
use crate::lake::Lake;

#[test]
fn only_months_of_changed_conversations_are_built_anew() {
    let lake = Lake::new();
    half_a_year(&lake);
    let told = build(&lake, "agentx", &[]);
    assert_eq!(told["months"].as_array().unwrap().len(), 6);
    assert_eq!(told["tables"]["conversation_stats"]["files"], 6);
    // Days are those on which something happened, July too.
    assert_eq!(told["tables"]["daily_stats"]["files"], 7);
    let before = contents(&lake);
    assert_eq!(months(&lake, "agentx"), Vec::<String>::new());
    assert_eq!(contents(&lake), before);

    // An answer in April, to what was asked in March.
    let answer = message("c3-2", "c3-2-d", "2025-04-03T11:00:00Z", "Bot", "so am I");
    lake.flatten("agentx/messages", "bot_name=b", &json!([answer]));
    let told = build(&lake, "agentx", &[]);
    // The file of April has rows of conversations of March and April.
    assert_eq!(told["months"], json!(["2025-03", "2025-04"]));
    assert_eq!(told["tables"]["conversation_stats"]["files"], 1, "{told}");
    let after = contents(&lake);
    let changed: Vec<&str> = after
        .iter()
        .filter(|(name, bytes)| before.get(*name) != Some(bytes))
        .map(|(name, _)| name.as_str())
        .collect();
    let file = |table: &str, month: &str| format!("marts/{table}/source=agentx/month={month}/part-0.parquet");
    let expected = [
        file("conversation_days", "2025-03"),
        file("conversation_stats", "2025-03"),
        file("daily_stats", "2025-04"),
        file("response_times", "2025-03"),
        file("turns", "2025-03"),
    ];
    let outcome_of_march = file("daily_stats", "2025-03");
    assert!(
        changed.iter().all(|name| expected.contains(&(*name).to_owned()) || *name == outcome_of_march),
        "{changed:?}"
    );
    assert!(expected.iter().all(|name| changed.contains(&name.as_str())), "{changed:?}");
    assert_eq!(from_nothing(&lake), after);
    let sql = "SELECT sum(replies) AS replies, count(*) AS n FROM conversation_stats";
    assert_eq!(csv(&lake, sql), "replies,n\n13,12\n");
}

#[test]
fn conversations_that_move_come_late_or_are_dated_later_are_found() {
    let lake = Lake::new();
    half_a_year(&lake);
    // Messages whose conversation is not here stand in the partition without a month.
    let early = message("late", "late-a", "2025-02-10T10:00:00Z", "UserInput", "anybody?");
    lake.flatten("agentx/messages", "bot_name=b", &json!([early]));
    build(&lake, "agentx", &[]);
    let of_late =
        "SELECT month, messages, is_in_conversations FROM conversation_stats WHERE conversation_id = 'late'";
    assert_eq!(csv(&lake, of_late), "month,messages,is_in_conversations\n,1,false\n");
    let before = contents(&lake);
    assert_eq!(from_nothing(&lake), before);

    // Then it comes; its messages are where they were.
    lake.flatten(
        "agentx/conversations",
        "bot_name=b",
        &json!([conversation("late", "2025-02-10T10:00:00Z", "fr")]),
    );
    build(&lake, "agentx", &[]);
    assert_eq!(csv(&lake, of_late), "month,messages,is_in_conversations\n2025-02,1,true\n");
    let after = contents(&lake);
    assert!(after.keys().all(|name| !name.contains("HIVE")), "{:?}", after.keys());
    assert_eq!(from_nothing(&lake), after);

    // Then it turns out to have begun in May.
    lake.flatten(
        "agentx/conversations",
        "bot_name=b",
        &json!([conversation("late", "2025-05-10T10:00:00Z", "fr")]),
    );
    build(&lake, "agentx", &[]);
    assert_eq!(csv(&lake, of_late), "month,messages,is_in_conversations\n2025-05,1,true\n");
    let after = contents(&lake);
    assert_eq!(from_nothing(&lake), after);
}

#[test]
fn what_one_asks_for_is_built_and_kept_up_from_then_on() {
    let lake = Lake::new();
    half_a_year(&lake);
    let told = build(&lake, "agentx", &["turns"]);
    let tables: Vec<&String> = told["tables"].as_object().unwrap().keys().collect();
    assert_eq!(tables, ["turns", "conversation_stats"]);
    assert_eq!(csv(&lake, "SELECT count(*) AS n FROM turns"), "n\n30\n");
    let told = build(&lake, "agentx", &["daily_stats"]);
    assert_eq!(told["months"].as_array().unwrap().len(), 6);
    assert_eq!(months(&lake, "agentx").len(), 0);
    let answer = message("c6-1", "c6-1-x", "2025-06-05T11:00:00Z", "Bot", "bye");
    lake.flatten("agentx/messages", "bot_name=b", &json!([answer]));
    let told = build(&lake, "agentx", &["turns"]);
    assert_eq!(told["tables"].as_object().unwrap().len(), 5, "{told}");
}

#[test]
fn another_zone_or_instant_builds_all_anew() {
    let lake = Lake::new();
    half_a_year(&lake);
    build(&lake, "agentx", &[]);
    for words in [&["--zone", "Asia/Tokyo"][..], &["--as-of", "2025-08-01"], &["--as-of", "2025-08-02"]] {
        assert_eq!(build(&lake, "agentx", words)["months"].as_array().unwrap().len(), 6, "{words:?}");
        assert_eq!(build(&lake, "agentx", words)["months"].as_array().unwrap().len(), 0, "{words:?}");
    }
    let sql = "SELECT count(*) AS n, max(as_of) AS as_of FROM conversation_stats";
    assert!(csv(&lake, sql).contains("2025-08-02"), "{}", csv(&lake, sql));
}

/// A file that somebody has removed was not missed, and the build said that nothing had changed.
#[test]
fn files_that_are_gone_are_built_again() {
    let lake = Lake::new();
    half_a_year(&lake);
    build(&lake, "agentx", &[]);
    let whole = contents(&lake);
    let file = |table: &str, month: &str| {
        lake.path().join(format!("marts/{table}/source=agentx/month={month}/part-0.parquet"))
    };
    std::fs::remove_file(file("turns", "2025-02")).unwrap();
    std::fs::remove_file(file("daily_stats", "2025-05")).unwrap();
    std::fs::write(file("conversation_stats", "2025-04"), "cut").unwrap();
    let told = build(&lake, "agentx", &[]);
    assert_eq!(told["months"], json!(["2025-02", "2025-04"]), "{told}");
    assert_eq!(told["tables"]["daily_stats"]["files"], 1, "{told}");
    assert!(contents(&lake) == whole);
    std::fs::remove_dir_all(lake.path().join("marts")).unwrap();
    build(&lake, "agentx", &[]);
    assert!(contents(&lake) == whole);
    assert_eq!(months(&lake, "agentx"), Vec::<String>::new());
}
