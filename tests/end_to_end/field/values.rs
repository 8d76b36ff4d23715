//! Values of another type, at the edges of what a column takes, or empty beside others that are not.

use serde_json::{Value, json};

use super::project::OwnProject;
use crate::lake::Lake;
use crate::python;

const STREAM: &str = "{ path: /t, pages: {}, records: '', schema: x/t }";

/// A project whose table `u` has these columns, each filled as its mapping says.
fn project(columns: &[(&str, &str, &str)]) -> OwnProject {
    let mapped: Vec<String> =
        columns.iter().map(|(name, _, mapped)| format!("    {name}: {mapped}\n")).collect();
    let schema = format!("u:\n  columns:\n    id: {{ at: /id }}\n    at: {{ at: /at }}\n{}", mapped.concat());
    let columns: Vec<String> =
        columns.iter().map(|(name, column_type, _)| format!("{name}: {{ type: {column_type} }}")).collect();
    OwnProject::new(STREAM, &schema).table("u", &columns.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The rows of a flattened page, by id.
fn rows(project: &OwnProject, page: &str, code: i32) -> (Vec<Value>, Value, Lake) {
    let lake = Lake::new();
    let file = project.write("page.json", page);
    let report = project.flatten(&[&file], &lake).ends(code).report();
    let mut rows = lake.rows("u");
    rows.sort_by_key(|row| row["id"].to_string());
    (rows, report, lake)
}

fn column<'a>(rows: &'a [Value], name: &str) -> Vec<&'a Value> {
    rows.iter().map(|row| &row[name]).collect()
}

#[test]
fn numbers_and_booleans_where_texts_stand() {
    let project = project(&[
        ("name", "string", "{ at: /name }"),
        ("nick", "string", "{ at: [/nick, /name] }"),
        ("role", "string", "{ at: /kind, map: { \"0\": human, \"true\": agent }, else: bot }"),
        ("n", "int32", "{ at: /n }"),
    ]);
    let page = r#"[
        {"id":12,"name":1.50,"kind":0,"n":18177960184},
        {"id":"12a","name":false,"nick":"x","kind":true,"n":"7"},
        {"id":9223372036854775808,"name":-2e0,"kind":null,"n":7},
        {"id":true,"name":"","nick":3,"kind":"9"}]"#;
    let (rows, report, _) = rows(&project, page, 0);
    assert_eq!(column(&rows, "id"), ["12", "12a", "9223372036854775808", "true"]);
    assert_eq!(column(&rows, "name"), ["1.50", "false", "-2e0", ""]);
    assert_eq!(column(&rows, "nick"), ["1.50", "x", "-2e0", "3"]);
    assert_eq!(column(&rows, "role"), [&json!("human"), &json!("agent"), &Value::Null, &json!("bot")]);
    // A value that an integer column does not take is null, never a number that nobody sent.
    assert_eq!(column(&rows, "n"), [&Value::Null, &json!(7), &json!(7), &Value::Null]);
    assert_eq!(rows[0]["extra"], r#"{"id":12,"name":1.50,"kind":0,"n":18177960184}"#);
    assert_eq!(rows[2]["extra"], r#"{"id":9223372036854775808,"name":-2e0,"kind":null}"#);
    let told: Vec<(&str, u64)> = report["as_text"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| (column["field"].as_str().unwrap(), column["count"].as_u64().unwrap()))
        .collect();
    assert!(told.contains(&("u.id", 3)) && told.contains(&("u.name", 3)), "{told:?}");
    assert_eq!(report["mismatches"][0]["field"], "u.n");
}

/// A key that stands twice in a record: the last value counts, as in most readers of JSON, and the report says so
/// (jq#1636, brimdata/super#4609). A page that is known is told of all the same.
#[test]
fn a_value_that_gives_way_to_another_of_the_same_key_is_told() {
    let project = project(&[("name", "string", "{ at: /name }")]);
    let lake = Lake::new();
    let file =
        project.write("1.json", r#"[{"id":"1","name":"first","name":"second"},{"id":"2","z":1,"z":2}]"#);
    for _ in 0..2 {
        let told = project.flatten(&[&file], &lake).ends(0).report()["doubled_keys"].clone();
        assert_eq!((&told[0]["field"], &told[0]["count"]), (&json!("/name"), &json!(1)), "{told}");
        assert_eq!((&told[1]["field"], &told[1]["count"]), (&json!("/z"), &json!(1)), "{told}");
    }
    assert_eq!(lake.rows("u")[0]["name"], "second");
}

/// `12` and `"12"` are one key, in one page or in two; the newer row stays, and it is told that they are.
#[test]
fn a_number_and_its_text_are_one_key() {
    let project = project(&[("name", "string", "{ at: /name }")]);
    let lake = Lake::new();
    let first = project.write("1.json", r#"[{"id":123123,"name":"first"},{"id":"308994132968210433"}]"#);
    let second = project.write("2.json", r#"[{"id":"123123","name":"second"}]"#);
    let told = project.flatten(&[&first], &lake).ends(0).report()["as_text"].clone();
    assert_eq!((&told[0]["field"], &told[0]["count"]), (&json!("u.id"), &json!(1)));
    project.flatten(&[&second], &lake).ends(0);
    assert_eq!(lake.rows("u").len(), 2);
    let named: Vec<Value> = lake.rows("u").into_iter().filter(|row| row["id"] == "123123").collect();
    assert_eq!(named.len(), 1);
    assert_eq!(named[0]["name"], "second");
}

#[test]
fn a_text_where_a_required_number_stands_is_quarantined() {
    let project = OwnProject::new(
        STREAM,
        "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n    n: { at: /n }\n",
    )
    .table("u", &["n: { type: int64, required: true }"]);
    let lake = Lake::new();
    let file = project
        .write("a.json", r#"[{"id":"1","n":"foo"},{"id":"2","n":"3"},{"id":{"x":1},"n":4},{"id":"5"}]"#);
    project.flatten(&[&file], &lake).ends(65);
    let rows = lake.rows("u");
    assert_eq!((rows.len(), &rows[0]["n"]), (1, &json!(3)));
    let reasons: Vec<String> =
        lake.quarantined("x").iter().map(|line| line["reason"].as_str().unwrap().to_owned()).collect();
    assert!(reasons[0].starts_with("mismatch: u.n") && reasons[0].contains("string"), "{reasons:?}");
    assert!(reasons[1].starts_with("mismatch: u.id") && reasons[1].contains("object"), "{reasons:?}");
    assert_eq!(reasons[2], "missing_required: n");
}

#[test]
fn dates_at_the_edges() {
    let project = project(&[
        ("d", "date", "{ at: /d }"),
        ("t", "timestamp", "{ at: /t }"),
        ("s", "timestamp", "{ at: /s, unit: seconds }"),
        ("ms", "timestamp", "{ at: /ms, unit: milliseconds }"),
        ("us", "timestamp", "{ at: /us, unit: microseconds, usual: unix_microseconds }"),
        ("guess", "timestamp", "{ at: /guess }"),
    ]);
    let page = r#"[
        {"id":"1","at":"2024-12-01T00:00:00Z","d":"9999-12-31","t":"9999-12-31T23:59:59Z","s":253402300799,"ms":-1,"us":1733011282526001,"guess":1733011282},
        {"id":"2","at":"9999-12-31T23:59:59Z","d":"1985-04-01","t":"1985-04-01T00:00:00Z","s":481161600,"ms":4102444800001,"us":0,"guess":481161600},
        {"id":"3","at":"1899-12-31","d":"0001-01-01","t":"0001-01-01","s":-62135596800,"ms":0,"us":-1,"guess":4102444800},
        {"id":"4","at":"0001-01-01","d":"1899-12-31T23:00:00Z","t":"15000-12-31T23:40:28Z","s":253402300800,"ms":411000000000000,"us":1e300}]"#;
    let (rows, report, lake) = rows(&project, page, 0);
    python::reads(
        &lake,
        "u",
        &json!([
            {"id": "1", "d": "9999-12-31", "t": "9999-12-31 23:59:59+00", "s": "9999-12-31 23:59:59+00",
             "ms": "1969-12-31 23:59:59.999+00", "us": "2024-12-01 00:01:22.526001+00", "guess": "2024-12-01 00:01:22+00"},
            {"id": "2", "d": "1985-04-01", "t": "1985-04-01 00:00:00+00", "s": "1985-04-01 00:00:00+00",
             "ms": "2100-01-01 00:00:00.001+00", "us": "1970-01-01 00:00:00+00", "guess": null},
            {"id": "3", "d": "0001-01-01", "t": "0001-01-01 00:00:00+00", "s": "0001-01-01 00:00:00+00",
             "ms": "1970-01-01 00:00:00+00", "us": "1969-12-31 23:59:59.999999+00", "guess": null},
            {"id": "4", "d": "1899-12-31", "t": null, "s": null, "ms": null, "us": null, "guess": null},
        ]),
    );
    assert_eq!(column(&rows, "d"), ["9999-12-31", "1985-04-01", "0001-01-01", "1899-12-31"]);
    // What is out of range is kept in `extra` as it was sent, and counted.
    let kept: Value = serde_json::from_str(rows[3]["extra"].as_str().unwrap()).unwrap();
    assert_eq!(kept["t"], "15000-12-31T23:40:28Z");
    assert_eq!(kept["ms"], json!(411_000_000_000_000_i64));
    let counts: Vec<(&str, u64)> = report["mismatches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| (column["field"].as_str().unwrap(), column["count"].as_u64().unwrap()))
        .collect();
    assert_eq!(counts, [("u.guess", 2), ("u.ms", 1), ("u.s", 1), ("u.t", 1), ("u.us", 1)]);
}

#[test]
fn local_times_have_zones_with_summer_time() {
    let project = project(&[
        ("berlin", "timestamp", "{ at: /l, zone: Europe/Berlin, usual: iso }"),
        ("york", "timestamp", "{ at: /l, zone: America/New_York }"),
        ("eastern", "timestamp", "{ at: /l, zone: \"-05:00\" }"),
    ]);
    let page = r#"[
        {"id":"1","l":"2026-07-01T12:00:00"},
        {"id":"2","l":"2026-12-01T12:00:00"},
        {"id":"3","l":"2026-10-25T02:30:00"},
        {"id":"4","l":"2026-03-29T02:30:00"},
        {"id":"5","l":"2026-03-08T02:30:00"},
        {"id":"6","l":"2026-07-01T12:00:00Z"}]"#;
    let (rows, _, _) = rows(&project, page, 0);
    let instants = |name: &str| -> Vec<String> {
        let instant =
            |cell: &Value| jiff::Timestamp::from_microsecond(cell.as_i64().unwrap()).unwrap().to_string();
        column(&rows, name).into_iter().map(instant).collect()
    };
    assert_eq!(
        instants("berlin"),
        [
            "2026-07-01T10:00:00Z",
            "2026-12-01T11:00:00Z",
            // It comes twice: the first is meant.
            "2026-10-25T00:30:00Z",
            // There is none: it counts by the offset before the gap, as half past three.
            "2026-03-29T01:30:00Z",
            "2026-03-08T01:30:00Z",
            "2026-07-01T12:00:00Z",
        ]
    );
    assert_eq!(instants("york")[4], "2026-03-08T07:30:00Z");
    assert_eq!(instants("york")[0], "2026-07-01T16:00:00Z");
    assert_eq!(instants("eastern")[..2], ["2026-07-01T17:00:00Z", "2026-12-01T17:00:00Z"]);
}

/// A number that no double holds would make the whole cell unreadable.
#[test]
fn numbers_beyond_a_double_in_extra() {
    let project = project(&[("x", "float64", "{ at: /x }")]);
    let page = r#"[{"id":"1","x":1e400,"y":{"z":[1,-1e999]}},{"id":"2","x":1e3,"big":123456789012345678901234567890}]"#;
    let (rows, report, lake) = rows(&project, page, 0);
    python::reads(&lake, "u", &json!([{"id": "1", "x": null}, {"id": "2", "x": "1000.0"}]));
    let extra: Value = serde_json::from_str(rows[0]["extra"].as_str().unwrap()).unwrap();
    assert_eq!(extra, json!({"x": "1e400", "y": {"z": [1, "-1e999"]}, "_numbers": ["/y/z/1", "/x"]}));
    assert_eq!(rows[1]["extra"], r#"{"big":123456789012345678901234567890}"#);
    assert_eq!(report["mismatches"][0]["count"], 1);
}

/// What an agent said is not hidden by an empty text of the person, and who wrote a message without a type is not known.
#[test]
fn whose_words() {
    let lake = Lake::new();
    let project = OwnProject::new(STREAM, "u: { columns: { id: { at: /id } } }\n");
    let file = project.write(
        "m.json",
        r#"{"data":[
            {"_id":"1","conversationId":"c","time":1733011279,"type":"Question","userInput":"","outMsg":{"steps":[{"text":"Hello"}]}},
            {"_id":"2","conversationId":"c","time":1733011280,"type":null,"outMsg":{"steps":[{"text":"Hi"}]}},
            {"_id":"3","conversationId":"c","time":1733011281,"userInput":"Who?"},
            {"_id":"4","conversationId":"c","time":1733011282,"type":"UserInput","userInput":""}]}"#,
    );
    crate::convolake::Convolake::new(&["flatten", "agentx/messages"])
        .arg(&file)
        .to(&lake)
        .set("params.bot_name=b1")
        .json()
        .without_keys()
        .ends(0);
    let rows = lake.rows("messages");
    assert_eq!(column(&rows, "text"), ["Hello", "Hi", "Who?", ""]);
    assert_eq!(column(&rows, "role"), [&json!("bot"), &Value::Null, &Value::Null, &json!("human")]);
}
