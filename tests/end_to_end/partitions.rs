//! Partitions by months and by days: the same rows for every query, one kind at a time, and the way from one to the other.

use std::collections::BTreeSet;

use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::{Value, json};

use crate::convolake::{Convolake, Ended, param};
use crate::lake::{Lake, TABLES};
use crate::python;
use crate::source::{PIPELINES, Source};

/// The columns that folders have the tables' files cut by.
pub(crate) fn kinds(lake: &Lake, pipeline: &str) -> BTreeSet<String> {
    let folder = |path: &std::path::PathBuf| {
        let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
        folder.split_once('=').unwrap().0.to_owned()
    };
    TABLES.iter().flat_map(|table| lake.files_of(table, pipeline)).map(|path| folder(&path)).collect()
}

fn one(kind: &str) -> BTreeSet<String> {
    [kind.to_owned()].into()
}

/// The rows of all tables, but for the month that a folder's name has.
fn rows(lake: &Lake) -> Vec<Vec<Value>> {
    let without_month = |mut row: Value| {
        let object = row.as_object_mut().unwrap();
        object.remove("month");
        // A row without a date has none in a file, and this in a folder's name.
        if object["date"].is_null() {
            object.insert("date".to_owned(), json!("__HIVE_DEFAULT_PARTITION__"));
        }
        row
    };
    TABLES.map(|table| lake.rows(table).into_iter().map(without_month).collect()).into()
}

fn is_sound(lake: &Lake) {
    Convolake::new(&["verify"]).to(lake).without_keys().ends(0);
}

#[test]
fn months_hold_the_rows_that_days_hold_and_a_replay_leads_from_one_to_the_other() {
    let source = Source::tidy(60);
    let (months, days) = (Lake::new(), Lake::new());
    for (pipeline, _) in PIPELINES {
        Convolake::pull(pipeline, &source, &months).ends(0);
        Convolake::pull(pipeline, &source, &days).set("partition_by=day").ends(0);
        assert_eq!((kinds(&months, pipeline), kinds(&days, pipeline)), (one("month"), one("date")));
    }
    let expected = rows(&days);
    for (of_months, of_days) in rows(&months).iter().zip(&expected) {
        assert_eq!(of_months.len(), of_days.len());
        for (of_months, of_days) in of_months.iter().zip(of_days) {
            let bare = |row: &Value| {
                let mut row = row.clone();
                for name in ["fetched_at", "page"] {
                    row.as_object_mut().unwrap().remove(name);
                }
                row
            };
            assert_eq!(bare(of_months), bare(of_days));
        }
    }
    python::readers_agree(&months);
    python::readers_agree(&days);

    // Asked for, another kind is refused; who asks for none goes on with what is there.
    let refused = Convolake::pull("agentx", &source, &days).set("partition_by=month").ends(2);
    refused.says(&["cut by day", "convolake replay", "partition_by: day"]);
    let refused = Convolake::pull("agentx", &source, &months).set("partition_by=day").ends(2);
    refused.says(&["cut by month", "convolake replay"]);
    let before = days.table_files();
    Convolake::pull("agentx", &source, &days).ends(0);
    assert_eq!(days.table_files(), before);
    Convolake::new(&["status"]).to(&days).ends(0).shows(&["convolake replay agentx", "partition_by: day"]);

    for (pipeline, _) in PIPELINES {
        let ended = Convolake::replay(pipeline, &days).ends(0);
        assert_eq!((ended.total("rows_added"), ended.total("rows_removed")), (0, 0), "{ended}");
        assert_eq!(kinds(&days, pipeline), one("month"));
        let again = Convolake::pull(pipeline, &source, &days).ends(0);
        assert_eq!(again.total("files_written"), 0, "{again}");
    }
    assert_eq!(rows(&days), expected);
    is_sound(&days);
    for (pipeline, _) in PIPELINES {
        Convolake::replay(pipeline, &days).set("partition_by=day").ends(0);
        assert_eq!(kinds(&days, pipeline), one("date"));
    }
    assert_eq!(rows(&days), expected);
    is_sound(&days);
}

/// A pipeline that is new in a lake goes along with those that are there, so that readers see one kind in a table.
#[test]
fn a_new_pipeline_cuts_its_tables_as_others_do() {
    let source = Source::tidy(8);
    let lake = Lake::new();
    Convolake::pull("agentx", &source, &lake).set("partition_by=day").ends(0);
    Convolake::pull("convocore", &source, &lake)
        .set("partition_by=month")
        .ends(2)
        .says(&["partition_by: day"]);
    Convolake::pull("convocore", &source, &lake).ends(0);
    // Its `turns` and `leads` are in no other.
    let day = json!("day");
    let status = Convolake::new(&["status"]).to(&lake).json().ends(0).report();
    for pipeline in status["pipelines"].as_array().unwrap() {
        for table in ["conversations", "messages"] {
            assert_eq!(pipeline["tables"][table]["partition_by"], day, "{pipeline}");
        }
    }
    python::readers_agree(&lake);
    is_sound(&lake);
}

/// A page of messages of many days and one without a date; each is a conversation of its own that has messages on two days.
fn messages(n_days: u64, a_day: u64) -> Value {
    let message = |conversation: String, number: u64, time: Value| {
        json!({ "_id": format!("{conversation}-{number}"), "conversationId": conversation, "type": "UserInput",
                "userInput": "hello", "time": time })
    };
    let first_day = 1_740_787_200; // 2025-03-01
    let mut data = Vec::new();
    for (day, number) in (0..n_days).flat_map(|day| (0..a_day / 2).map(move |number| (day, number))) {
        for at in 0..2 {
            let seconds = first_day + (day + at) * 86_400 + number;
            data.push(message(format!("c{number:05}-{day}"), at, json!(seconds)));
        }
    }
    data.push(message("c-without".to_owned(), 0, Value::Null));
    json!({ "success": true, "data": data })
}

fn flatten(page: &Value, lake: &Lake) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.json");
    std::fs::write(&file, page.to_string()).unwrap();
    Convolake::new(&["flatten", "agentx/messages"]).arg(&file).to(lake).set(param("agentx")).json().ends(0)
}

/// A file is cut at row groups by date, so that who asks for a day reads a part of it.
#[test]
fn row_groups_are_of_few_days() {
    let lake = Lake::new();
    flatten(&messages(20, 3000), &lake);
    let file = lake.path().join("messages/source=agentx/month=2025-03/part-0.parquet");
    let reader = SerializedFileReader::new(std::fs::File::open(file).unwrap()).unwrap();
    let groups = reader.metadata().row_groups();
    assert!((4..=8).contains(&groups.len()), "{} row groups", groups.len());
    let mut last = None;
    for group in groups {
        let column = group.columns().iter().find(|column| column.column_path().string() == "date").unwrap();
        let statistics = column.statistics().unwrap();
        let bound = |bytes: Option<&[u8]>| i32::from_le_bytes(bytes.unwrap().try_into().unwrap());
        let (min, max) = (bound(statistics.min_bytes_opt()), bound(statistics.max_bytes_opt()));
        assert!(max - min < 6, "a row group of {} days", max - min + 1);
        assert!(last < Some(min), "a day stands in one row group");
        last = Some(max);
    }
    let without = lake.path().join("messages/source=agentx/month=__HIVE_DEFAULT_PARTITION__/part-0.parquet");
    assert!(without.is_file());
    assert_eq!(lake.rows("messages").iter().filter(|row| row["date"].is_null()).count(), 1);
    is_sound(&lake);
}

/// Rows of tables that were flattened from files lie in the lake alone; they come along where other pages are replayed.
#[test]
fn rows_without_a_landed_page_come_along() {
    let source = Source::tidy(8);
    let lake = Lake::new();
    Convolake::pull("agentx", &source, &lake).set("partition_by=day").ends(0);
    flatten(&messages(40, 4), &lake);
    assert_eq!(kinds(&lake, "agentx"), one("date"));
    let expected = rows(&lake);
    Convolake::replay("agentx", &lake).ends(0);
    assert_eq!(kinds(&lake, "agentx"), one("month"));
    assert_eq!(rows(&lake), expected);
    is_sound(&lake);
}
