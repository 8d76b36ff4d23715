//! Shapes of a page, and what is taken from beside the records: each written out.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use convolake_model::{Envelope, OnMismatch, Pointer, StreamSchema, Table};
use convolake_transformer::{FlatPage, Flattener, PageInput, UnreadablePage};
use indexmap::IndexMap;

/// A stream with records at `records`, whose schema maps into tables `t` and `m` with the columns `a` to `d`, texts all, `n`, a
/// number, and `l`, a list; `id` is required.
fn flattener(records: &str, schema: &str) -> Flattener {
    let table = |name: &str| {
        let text = "key: [id]\npartition: { date: [] }\norder: []\ncolumns:\n  id: { type: string, required: true }\n  \
                    a: { type: string }\n  b: { type: string }\n  c: { type: string }\n  j: { type: json }\n  n: { type: int64 }\n  \
                    l: { type: list<string> }\n  extra: { type: json }\n  fetched_at: { type: timestamp, required: true }\n  \
                    page: { type: string, required: true }\n";
        (name.to_owned(), Table::parse(name, name, text).unwrap())
    };
    let tables: IndexMap<String, Table> = ["t", "m"].into_iter().map(table).collect();
    let schema = StreamSchema::parse("schema", schema, &tables).unwrap_or_else(|error| panic!("{error}"));
    let records = Pointer::parse(records).unwrap();
    schema.check_records("schema", "", &records).unwrap();
    let success = (!records.is_root()).then(|| Pointer::parse("/success").unwrap());
    let envelope = Envelope { records, success, message: None };
    Flattener::compile(&schema, &tables, &envelope, OnMismatch::Keep).unwrap()
}

fn page(records: &str, schema: &str, body: &str) -> Result<FlatPage, UnreadablePage> {
    page_at(records, schema, body, 0)
}

fn page_at(records: &str, schema: &str, body: &str, position: u32) -> Result<FlatPage, UnreadablePage> {
    let (params, listed) = (BTreeMap::new(), BTreeMap::new());
    let input = PageInput { body: body.as_bytes(), page: "f#1", position, params: &params, listed: &listed };
    flattener(records, schema).flatten(&input)
}

/// The rows of a table: the columns named, each as text, `-` for null, between spaces; and rejects with their pointers.
fn shown(flat: &FlatPage, table: &str, columns: &[&str]) -> String {
    let batch = &flat.tables.iter().find(|found| found.table == table).unwrap().rows;
    let row = |row: usize| columns.iter().map(|name| cell(batch, name, row)).collect::<Vec<_>>().join(" ");
    let rows = (0..batch.num_rows()).map(row);
    let rejects = flat.rejects.iter().map(|reject| format!("!{} {}", reject.reason.code(), reject.pointer));
    rows.chain(rejects).collect::<Vec<_>>().join(" | ")
}

fn cell(batch: &RecordBatch, name: &str, row: usize) -> String {
    let array = batch.column_by_name(name).unwrap();
    if array.is_null(row) {
        return "-".to_owned();
    }
    match array.data_type() {
        DataType::Binary => str::from_utf8(array.as_binary::<i32>().value(row)).unwrap().to_owned(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        _ => {
            let list = array.as_list::<i32>().value(row);
            let texts: Vec<&str> = list.as_string::<i32>().iter().map(|text| text.unwrap_or("-")).collect();
            format!("[{}]", texts.join(","))
        }
    }
}

const ID: &str = "t: { columns: { id: { at: /id } } }";

#[test]
fn records_in_every_shape() {
    for (records, body, expected) in [
        ("/data", r#"{"data": [{"id": "1"}, {"id": "2"}]}"#, "1 | 2"),
        ("/data", r#"{"data": {"id": "1"}}"#, "1"),
        ("/data", r#"{"data": {}}"#, ""),
        ("/data", r#"{"data": null}"#, ""),
        ("", r#"{"id": "1"}"#, "1"),
        ("", r#" {"id": "1"} "#, "1"),
        ("", r#"[{"id": "1"}, 7]"#, "1 | !not_an_object /1"),
        ("", "{}", ""),
        ("", r#"{"x": "1"}"#, "!missing_required "),
        ("", r#"{"id": "1", "x": NaN}"#, "!not_json "),
        ("/docs/*", r#"{"docs": {"a": {"id": "1"}, "b": {"id": "2"}}}"#, "1 | 2"),
        ("/docs/*", r#"{"docs": [{"id": "1"}, {"id": "2"}]}"#, "1 | 2"),
        ("/docs/*", r#"{"docs": {"0": {"id": "1"}, "1": {"id": "2"}}}"#, "1 | 2"),
        ("/docs/*", r#"{"docs": {}}"#, ""),
        ("/docs/*", r#"{"docs": null}"#, ""),
        (
            "/docs/*",
            r#"{"docs": {"a/b": {"x": 1}, "c": 7, "d": null, "e": {"id": "1"}}}"#,
            "1 | !missing_required /docs/a~1b | !not_an_object /docs/c | !not_an_object /docs/d",
        ),
        ("/docs/*", r#"{"docs": {"a": {"id": "1", "x": NaN}, "b": {"id": "2"}}}"#, "2 | !not_json /docs/a"),
        (
            "/*",
            r#"{"2024-01-01": [{"id": "1"}, 7], "2024-01-02": [{"id": "2"}]}"#,
            "1 | 2 | !not_an_object /2024-01-01/1",
        ),
        ("/*/*", r#"{"a": [{"id": "1"}], "b": {"x": {"id": "2"}}}"#, "1 | 2"),
        (
            "/data/*/data/object",
            r#"{"data": [{"id": "e1", "data": {"object": {"id": "1"}}}, {"id": "e2"}, {"data": {"object": null}}]}"#,
            "1 | !no_record /data/1",
        ),
        ("/data/1/items", r#"{"data": [{}, {"items": [{"id": "1"}]}]}"#, "1"),
        ("/data/*", r#"{"data": [], "success": true}"#, ""),
    ] {
        let flat = page(records, ID, body).unwrap_or_else(|error| panic!("{error}: {body}"));
        assert_eq!(shown(&flat, "t", &["id"]), expected, "{records} of {body}");
    }
}

#[test]
fn what_is_no_page() {
    for (records, body, expected) in [
        ("/data", r#"{"rows": []}"#, "the page has no records at `/data`"),
        ("/data", r#"{"data": "x"}"#, "the page has no records at `/data`, but a value of type string"),
        ("/docs/*", r#"{"docs": 7}"#, "the page has no records at `/docs/*`, but a value of type number"),
        ("", "7", "the page has no records at ``, but a value of type number"),
        (
            "/data",
            r#"{"data": {"id": "1"}, "success": false}"#,
            "the source says it failed: without a word why",
        ),
        ("/data", r#"{"data": {"id": "1"}"#, "the page is no JSON: expected `,` or `}` at byte 20"),
        ("", r#"{"id": "1"} {"id": "2"}"#, "the page is no JSON: expected the end of the text at byte 12"),
    ] {
        assert_eq!(page(records, ID, body).unwrap_err().to_string(), expected, "{body}");
    }
}

#[test]
fn columns_from_beside_the_records() {
    let schema = "t: { columns: { id: { at: /id }, a: { from: page, at: /channel/name }, b: { from: page, at: /items/*/id }, \
                  l: { from: page, at: /people/*/name }, n: { from: page, at: [/none, /channel/n] }, \
                  c: { template: '{a}.{id}' }, j: { from: page, at: /channel } } }";
    let columns = ["id", "a", "n", "l", "c"];
    let channel = r#""people": [{"name": "x"}, {"name": "y"}, {}], "channel": {"name": "g\u0041", "n": 7}"#;
    let items = r#""items": [{"id": "1"}, {"id": "2"}]"#;
    // Behind the records, and before them.
    for body in [format!("{{{items}, {channel}}}"), format!("{{{channel}, {items}}}")] {
        let flat =
            page("/items", &schema.replace("b: { from: page, at: /items/*/id }, ", ""), &body).unwrap();
        assert_eq!(shown(&flat, "t", &columns), "1 gA 7 [x,y] gA.1 | 2 gA 7 [x,y] gA.2");
        assert_eq!(flat.drift.beside.len(), 0);
    }
    // Of the element around each record; and a broken record in the way of the look.
    let body = r#"{"items": [{"o": [{"id": "1"}, {"id": "2", "x": NaN}], "id": "e1"}, {"id": "e2", "o": {"id": "3"}}, {"o": []}], "channel": {"name": "g"}}"#;
    let flat = page("/items/*/o", schema, body).unwrap();
    assert_eq!(shown(&flat, "t", &["id", "a", "b"]), "1 g e1 | 3 g e2 | !not_json /items/0/o/1");
    // What is required and not there costs the record, and nothing in silence.
    let required = "t: { columns: { id: { from: page, at: /channel/id }, a: { at: /id } } }";
    let flat = page("/items", required, &format!("{{{items}, {channel}}}")).unwrap();
    assert_eq!(shown(&flat, "t", &["id"]), "!missing_required /items/0 | !missing_required /items/1");
}

#[test]
fn a_place_beside_that_is_none_is_refused() {
    let table = Table::parse("t", "t", "key: [id]\npartition: { date: [] }\norder: []\ncolumns:\n  id: { type: string, required: true }\n  extra: { type: json }\n  fetched_at: { type: timestamp, required: true }\n  page: { type: string, required: true }\n").unwrap();
    let tables: IndexMap<String, Table> = [("t".to_owned(), table)].into();
    let text = "t:\n  columns:\n    id: { from: page, at: /people/*/id }\n";
    let schema = StreamSchema::parse("s.yaml", text, &tables).unwrap();
    let error = schema.check_records("s.yaml", text, &Pointer::parse("/items/*").unwrap()).unwrap_err();
    assert_eq!(error.line, 3);
    assert!(error.to_string().contains("`*` in `/people/*/id` is none of the elements"), "{error}");
}

#[test]
fn fields_beside_the_records_are_told_of() {
    let body = r#"{"channel": {"id": 7}, "data": [{"id": "1"}], "success": true, "meta": {"next": "x", "total": 1}}"#;
    let flat = page("/data", ID, body).unwrap();
    let told: Vec<&String> = flat.drift.beside.keys().collect();
    assert_eq!(told, ["/channel", "/meta"]);
    let known = flattener("/data", ID).knowing(&[Pointer::parse("/meta/next").unwrap()]);
    let (params, listed) = (BTreeMap::new(), BTreeMap::new());
    let input =
        PageInput { body: body.as_bytes(), page: "f#1", position: 0, params: &params, listed: &listed };
    let told: Vec<String> = known.flatten(&input).unwrap().drift.beside.into_keys().collect();
    assert_eq!(told, ["/channel", "/meta/total"]);
    // Beside each element of the way, too; and nothing stands beside records that are the page.
    let flat =
        page("/data/*/o", ID, r#"{"data": [{"o": {"id": "1"}, "at": 1}, {"o": {"id": "2"}, "at": 2}]}"#)
            .unwrap();
    let told: Vec<(&str, u64)> =
        flat.drift.beside.iter().map(|(field, met)| (field.as_str(), met.count)).collect();
    assert_eq!(told, [("/data/*/at", 2)]);
    assert_eq!(page("", ID, r#"{"id": "1", "x": 2}"#).unwrap().drift.beside.len(), 0);
}

#[test]
fn positions_and_keys() {
    let schema = "t: { columns: { id: { key: record }, n: { position: record }, a: { template: '{id}-{n}' } } }\n\
                  m: { rows: '/m/*', columns: { id: { key: /m }, a: { key: record }, n: { position: record } } }";
    let body = r#"{"x\u0041": {"m": {"k": {}, "1": {"v": 1}}}, "y": {"m": [{}, {}]}}"#;
    let flat = page("/*", schema, body).unwrap();
    assert_eq!(shown(&flat, "t", &["id", "n", "a"]), "xA 0 xA-0 | y 1 y-1");
    assert_eq!(
        shown(&flat, "m", &["id", "a", "n", "extra"]),
        "k xA 0 - | 1 xA 0 {\"_key\":\"1\",\"v\":1} | 0 y 1 - | 1 y 1 -"
    );
    // The line of a record in a file with one a line.
    let flat =
        page_at("", "t: { columns: { id: { at: /id }, n: { position: record } } }", r#"{"id": "1"}"#, 41)
            .unwrap();
    assert_eq!(shown(&flat, "t", &["id", "n"]), "1 41");
    // A key that no column takes stands in `extra`.
    let flat = page("/*", ID, r#"{"k": {"id": "1", "_key": 5}, "l": {"id": "2"}}"#).unwrap();
    assert_eq!(
        shown(&flat, "t", &["id", "extra"]),
        r#"1 {"_key":"k","_record":{"_key":5}} | 2 {"_key":"l"}"#
    );
}

#[test]
fn rows_in_an_object() {
    let schema = "t: { columns: { id: { at: /id }, n: { count: /m } } }\n\
                  m: { rows: '/m/*', columns: { id: { at: /id }, a: { from: record, at: /id } } }";
    let flat =
        page("", schema, r#"[{"id": "1", "m": {"x": {"id": "a", "z": 1}, "y": {}, "w": 7}}]"#).unwrap();
    assert_eq!(
        shown(&flat, "t", &["id", "n", "extra"]),
        "1 3 - | !missing_required /0/m/y | !missing_required /0/m/w"
    );
    assert_eq!(
        shown(&flat, "m", &["id", "a", "extra"]).split(" | ").next().unwrap(),
        r#"a 1 {"_key":"x","z":1}"#
    );
    // A key twice: its rows would stand twice.
    let flat = page("", schema, r#"[{"id": "1", "m": {"x": {"id": "a"}, "x": {"id": "b"}}}]"#).unwrap();
    assert_eq!(shown(&flat, "m", &["id"]), "!duplicate_key /0");
    // Another value is no rows, stands in `extra`, and is counted by its place.
    let flat = page("", schema, r#"[{"id": "1", "m": "x"}]"#).unwrap();
    assert_eq!(shown(&flat, "t", &["id", "extra"]), r#"1 {"m":"x"}"#);
    assert!(flat.drift.places["/m"].contains_key(&convolake_transformer::JsonKind::String));
}

#[test]
fn indexes_name_elements() {
    let schema = "t: { columns: { id: { at: /id }, a: { at: /l/1 }, b: { at: /l/0/x }, c: { at: /o/0 } } }";
    for (record, expected) in [
        (r#"{"id": "1", "l": [{"x": "p"}, "q", 3]}"#, r#"1 q p - {"l":[{"x": "p"}, "q", 3]}"#),
        (
            r#"{"id": "1", "l": {"1": "q", "0": {"x": "p", "y": 1}}, "o": {"0": "r"}}"#,
            r#"1 q p r {"l":{"0":{"y":1}}}"#,
        ),
        (r#"{"id": "1", "l": []}"#, r#"1 - - - {"l":[]}"#),
        (r#"{"id": "1", "l": ["q"]}"#, r#"1 - - - {"l":["q"]}"#),
    ] {
        let flat = page("", schema, &format!("[{record}]")).unwrap();
        assert_eq!(shown(&flat, "t", &["id", "a", "b", "c", "extra"]), expected, "{record}");
    }
    // Beside rows of the same array, as in the first of the messages.
    let schema = "t: { columns: { id: { at: /id }, a: { at: /m/0/text } } }\nm: { rows: '/m/*', columns: { id: { at: /id } } }";
    let flat = page("", schema, r#"[{"id": "1", "m": [{"id": "x", "text": "hi"}, {"id": "y"}]}]"#).unwrap();
    assert_eq!(shown(&flat, "t", &["id", "a", "extra"]), "1 hi -");
    assert_eq!(shown(&flat, "m", &["id", "extra"]), r#"x {"text":"hi"} | y -"#);
}

#[test]
fn texts_of_many_elements() {
    let joined =
        "t: { columns: { id: { at: /id }, a: { at: [/text, '/text/*', '/text/*/text'], join: '' } } }";
    for (text, expected) in [
        (r#""plain""#, "1 plain"),
        (r#"["Hi ", {"type": "bold", "text": "you"}, "!"]"#, "1 Hi you!"),
        (r#"[{"type": "link", "text": "a\u00e9"}]"#, "1 aé"),
        (r#"["", {"type": "x"}, "b"]"#, "1 b"),
        (r#"{"0": "a", "1": {"text": "b"}}"#, "1 ab"),
        (r#""""#, "1 "),
        ("[]", "1 -"),
        ("null", "1 -"),
        ("[7]", "1 -"),
    ] {
        let flat = page("", joined, &format!(r#"[{{"id": "1", "text": {text}}}]"#)).unwrap();
        assert_eq!(shown(&flat, "t", &["id", "a"]), expected, "{text}");
    }
    let list = "t: { columns: { id: { at: /id }, l: { at: '/tags/*/name' } } }";
    for (tags, expected) in [
        (
            r#"[{"name": "x"}, {"name": "y", "n": 1}]"#,
            r#"1 [x,y] {"tags":[{"name": "x"}, {"name": "y", "n": 1}]}"#,
        ),
        (
            r#"{"a": {"name": "x"}, "b": {"name": null}}"#,
            r#"1 [x,-] {"tags":{"a": {"name": "x"}, "b": {"name": null}}}"#,
        ),
        (r#"[{"name": 7}, {"name": true}]"#, r#"1 [7,true] {"tags":[{"name": 7}, {"name": true}]}"#),
        ("[]", r#"1 - {"tags":[]}"#),
    ] {
        let flat = page("", list, &format!(r#"[{{"id": "1", "tags": {tags}}}]"#)).unwrap();
        assert_eq!(shown(&flat, "t", &["id", "l", "extra"]), expected, "{tags}");
    }
}
