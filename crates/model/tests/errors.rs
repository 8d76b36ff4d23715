//! What is wrong with a file is said with file, line, what was expected and the nearest right word.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use convolake_model::{Override, Pipeline, Repeats, StreamSchema, Table};
use indexmap::IndexMap;

const PIPELINE: &str = "\
name: shop
base_url: https://api.example.com
auth: { header: x-api-key, env: SHOP_KEY }
params:
  shop_id: { required: true, doc: the shop }
streams:
  orders:
    path: /shops/{shop_id}/orders
    pages: { cursor: /next, param: after }
    records: /data
    schema: shop/orders
";

const TABLE: &str = "\
key: [id]
partition: { date: sent_at }
order: [id]
columns:
  id: { type: string, required: true }
  sent_at: { type: timestamp }
  count: { type: int64 }
  extra: { type: json }
  fetched_at: { type: timestamp, required: true }
  page: { type: string, required: true }
";

const SCHEMA: &str = "\
orders:
  columns:
    id: { at: /id }
    sent_at: { at: /ts, usual: unix_seconds }
";

/// The file with `from` replaced by `to` is refused with all of `expected` in the words.
#[track_caller]
fn check<T: std::fmt::Debug>(
    read: impl Fn(&str) -> Result<T, convolake_model::ConfigError>,
    text: &str,
    from: &str,
    to: &str,
    line: u64,
    expected: &[&str],
) {
    assert!(text.contains(from), "{from}");
    read(text).unwrap();
    let error = read(&text.replacen(from, to, 1)).unwrap_err();
    let words = error.to_string();
    assert_eq!(error.line, line, "{words}");
    for word in expected {
        assert!(words.contains(word), "{words}");
    }
}

#[test]
fn pipelines() {
    let check = |from, to, line, expected: &[&str]| {
        check(|text| Pipeline::parse("shop.yaml", text, &[]), PIPELINE, from, to, line, expected);
    };
    check(
        "base_url:",
        "base_ulr:",
        2,
        &["shop.yaml:2", "unknown field `base_ulr`", "did you mean `base_url`?"],
    );
    check("    records:", "    record:", 10, &["unknown field `record`", "did you mean `records`?"]);
    check("records: /data", "records: data", 10, &["bad JSON Pointer `data`", "`/data`"]);
    check("    schema: shop/orders\n", "", 10, &["missing field `schema`"]);
    check("{shop_id}/orders", "{shopid}/orders", 8, &["`{shopid}` is no param", "did you mean `shop_id`?"]);
    check("https://api.example.com", "api.example.com", 2, &["no base URL"]);
    check("https://api.example.com", "https://u:p@api.example.com", 2, &["never stands in a URL"]);
    let meanings = [
        ("{ eventt: { type: [a] } }", 2, &["unknown field `eventt`", "did you mean `event`?"][..]),
        ("{ event: { state: [a] } }", 2, &["unknown field `state`"]),
        ("{ ended: { tag: [a, b, a] } }", 2, &["`a` stands here twice"]),
        ("{ fallback: { type: [\"\"] } }", 2, &["an empty text is no word"]),
        ("{ feedback: { rating: [/all/*/x] } }", 2, &["`/all/*/x` names no single field", "`/rating`"]),
        ("{ abandoned_after: 0s }", 2, &["above 0"]),
        ("{ zone: Europe/Berln }", 2, &["`Europe/Berln` is no time zone", "did you mean `Europe/Berlin`?"]),
        ("\n  business_hours:\n    monday: [9-17]", 4, &["`9-17` is no slot", "`09:00-17:30`"]),
        ("{ business_hours: { mon: [] } }", 2, &["unknown field `mon`", "one of: monday"]),
        ("{ business_hours: { friday: [09:00-12:00, 11:00-13:00] } }", 2, &["09:00 and 11:00 overlap"]),
        ("{ business_hours: { sunday: [22:00-06:00], monday: [05:00-12:00] } }", 2, &["of sunday goes on"]),
        ("{ holidays: [2026-02-30] }", 2, &["`2026-02-30` is no date", "`2026-12-25`"]),
    ]
    .map(|(block, line, expected)| (format!("name: shop\nmeaning: {block}"), line, expected));
    for (text, line, expected) in &meanings {
        check("name: shop", text, *line, expected);
    }
    check("name: shop", "name: shop\nmarts: [daily]", 2, &["`daily` is not a known value", "daily_stats"]);
    for contact in [
        "name: shop\ncontact: the data team",
        "name: shop\ncontact: ftp://example.org",
        "name: shop\ncontact: https://k:v@example.org",
        "name: shop\ncontact: https://example.org/(us)",
    ] {
        check("name: shop", contact, 2, &["no URL that fits in a User-Agent", "mailto:"]);
    }
    check("name: shop", "name: shop\ntimeouts: { idle: 0s }", 2, &["`idle: 0s` leaves no request any time"]);
    check("name: shop", "name: My Shop", 1, &["`My Shop` is no name"]);
    let unfit = [
        ("name: staging", "no name of a pipeline: the lake has a folder"),
        ("name: probe", "the lake has a folder"),
        ("name: guard", "call it otherwise, as `guard-source`"),
        ("name: '007'", "readers take"),
        ("name: 2025-01-01", "readers take"),
        ("name: 'true'", "below raw/true/STREAM"),
        ("name: inf", "readers take"),
        ("name: epoch", "readers take"),
    ];
    for (name, expected) in unfit {
        check("name: shop", name, 1, &[expected]);
    }
    check("param: after", "first: 1", 9, &["`cursor` needs `param`"]);
    check("env: SHOP_KEY", "env: not-a-variable!", 3, &["no environment variable"]);
    check(
        "pages: {",
        "changed: { list: ordres, param: ids, batch: 20 }\n    pages: {",
        9,
        &["did you mean `orders`?"],
    );
    let by_parent = |more: &str| format!("    by_parent: {{ param: of{more} }}\n    records:");
    let (since, none) = (by_parent(", since: began"), by_parent(", batch: 0"));
    check("    records:", &since, 10, &["the stream has no `slices`", "leave `since` out"]);
    check("    records:", &none, 10, &["a number of parents above 0"]);
    let listed =
        "pages: { number: page }\n    id: /id\n    changed: { list: list, param: ids, batch: 20 }\n    ";
    let list = "\n  list:\n    path: /list\n    pages: { number: page }\n    records: /data\n    id: /id\n    schema: shop/orders\n";
    check("    records:", "    gone: purge\n    records:", 10, &["`purge`", "keep"]);
    check(
        "    records:",
        "    gone: remove\n    records:",
        10,
        &["`gone: remove` needs `changed`", "leave `gone` out"],
    );
    check(
        "    records:",
        "    max_gone: 5\n    records:",
        10,
        &["bounds what `gone: remove`", "add `gone: remove`"],
    );
    check("    records:", "    gone: remove\n    max_gone: 0\n    records:", 11, &["above 0 and up to 100"]);
    check(
        "    records:",
        "    gone: remove\n    slices: { window: 1d, from: from, until: until, format: rfc3339 }\n    records:",
        10,
        &["`gone: remove` needs `changed`", "windows are never asked for all"],
    );
    let pages = "pages: { cursor: /next, param: after }\n    records: /data\n    schema: shop/orders\n";
    let with =
        |more: &str| format!("{listed}{more}gone: remove\n    records: /data\n    schema: shop/orders{list}");
    let never_walked = with("");
    check(pages, &never_walked, 12, &["needs `full_walk` of `orders`", "add `full_walk: 7d`"]);
    let newest_first = with("full_walk: 7d\n    ").replace("path: /list", "path: /list\n    listed_at: /ts");
    check(pages, &newest_first, 13, &["needs `full_walk` of `list`"]);
    check("params:", "rate_limit: { requests_per_second: 0 }\nparams:", 4, &["above 0"]);
    check("params:", "begin: yesterday\nparams:", 4, &["neither a date"]);
    check("params:", "on_mismatch: drop\nparams:", 4, &["`drop`", "keep"]);
    check("streams:", "streams: [", 6, &["shop.yaml:6"]);
}

#[test]
fn tables() {
    let check = |from, to, line, expected: &[&str]| {
        check(|text| Table::parse("orders", "orders.yaml", text), TABLE, from, to, line, expected);
    };
    check("type: int64", "type: int46", 7, &["`int46`", "did you mean `int64`?"]);
    check("key: [id]", "key: [di]", 1, &["`di` is no column", "did you mean `id`?"]);
    check("date: sent_at", "date: count", 2, &["`count` is no timestamp"]);
    check(", required: true }\n  sent_at", " }\n  sent_at", 5, &["`id` stands in the key", "required: true"]);
    check("  extra: { type: json }\n", "", 5, &["a column `extra`"]);
    check(
        "columns:",
        "references: { shops: [ids] }\ncolumns:",
        4,
        &["`ids` is no column", "did you mean `id`?"],
    );
    check("columns:", "group: [di]\ncolumns:", 4, &["`di` is not in the table's key", "did you mean `id`?"]);
    check("columns:", "group: [count]\ncolumns:", 4, &["`count` is not in the table's key"]);
    check("columns:", "group: []\ncolumns:", 4, &["a group needs a column"]);
    check(
        "type: int64",
        "type: int64, repeats: rarely",
        7,
        &["`repeats` is for columns of type string or json"],
    );
    check("type: json", "type: json, repeats: never", 8, &["`never`"]);
}

#[test]
fn groups_and_repeats() {
    let key = "key: [id, count, part]";
    let columns =
        "count: { type: int64, required: true }\n  part: { type: string, required: true, repeats: rarely }";
    let text = TABLE.replace("key: [id]", key).replace("count: { type: int64 }", columns);
    let table = |group: &str| {
        Table::parse("orders", "t", &text.replace("columns:", &format!("{group}\ncolumns:"))).unwrap()
    };
    let usual = table("");
    assert_eq!(usual.group, ["id", "count"]);
    // A lake's table is the same whether its file names the usual group or none, and another one with another group.
    assert_eq!(table("group: [id, count]"), usual);
    assert_eq!(table("group: [id, count]").fingerprint(), usual.fingerprint());
    for group in ["group: [id]", "group: [count, id]", "group: [id, count, part]"] {
        assert_ne!(table(group).fingerprint(), usual.fingerprint(), "{group}");
    }
    let rarely: Vec<&String> = usual
        .columns
        .iter()
        .filter(|(_, column)| column.repeats == Repeats::Rarely)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(rarely, ["part", "extra"]);
}

#[test]
fn references() {
    let tables: IndexMap<_, _> = [("orders".to_owned(), Table::parse("orders", "t", TABLE).unwrap())].into();
    let check = |references: &str, line, expected: &[&str]| {
        let parse = |text: &str| {
            let mut table = Table::parse("items", "items.yaml", text)?;
            table.check_references("items.yaml", text, &tables)
        };
        check(parse, TABLE, "columns:", &format!("references: {references}\ncolumns:"), line, expected);
    };
    check("{ order: [id] }", 4, &["`order` is no table", "did you mean `orders`?"]);
    check("{ orders: [count] }", 4, &["cannot hold the key of orders", "[id]"]);
    check("{ orders: [id, id] }", 4, &["cannot hold the key of orders"]);
}

#[test]
fn schemas() {
    let tables: IndexMap<_, _> = [("orders".to_owned(), Table::parse("orders", "t", TABLE).unwrap())].into();
    let check = |from, to, line, expected: &[&str]| {
        check(|text| StreamSchema::parse("s.yaml", text, &tables), SCHEMA, from, to, line, expected);
    };
    check("orders:", "order:", 2, &["`order` is no table", "did you mean `orders`?"]);
    check("sent_at:", "send_at:", 4, &["`send_at` is no column", "did you mean `sent_at`?"]);
    check("usual: unix_seconds", "usual: unix_second", 4, &["did you mean `unix_seconds`?"]);
    check("{ at: /id }", "{ }", 3, &["nothing says where the value comes from", "one of: at, param"]);
    check("{ at: /id }", "{ at: /id, param: x }", 3, &["more than one thing"]);
    check("{ at: /id }", "{ at: /a/*/b }", 3, &["`*` and `join` belong together"]);
    check("    id: { at: /id }\n", "", 3, &["required column `id` is not mapped"]);
    check("  columns:", "  rows: /items/*\n  columns:", 2, &["the record has no table"]);
    check("  columns:", "  rows: /items\n  columns:", 2, &["ends with `*`"]);
}

#[test]
fn overrides_name_themselves() {
    let refuse = |set: &str| {
        Pipeline::parse("shop.yaml", PIPELINE, &[set.parse::<Override>().unwrap()]).unwrap_err().to_string()
    };
    assert!(refuse("base_ulr=http://127.0.0.1:1").contains("--set base_ulr"), "{}", refuse("base_ulr=x"));
    assert!(refuse("base_url=nonsense").starts_with("--set base_url: this is no base URL"));
    assert!(refuse("rate_limit.requests_per_second=many").contains("--set rate_limit.requests_per_second"));
}

#[test]
fn params_are_text_lists_or_missing() {
    let sets = |set: Option<&str>| {
        let overrides: Vec<Override> = set.iter().map(|set| set.parse().unwrap()).collect();
        Pipeline::parse("shop.yaml", PIPELINE, &overrides)
            .unwrap()
            .param_sets("shop.yaml", &["shop_id"].into())
    };
    assert_eq!(sets(Some("params.shop_id=007")).unwrap()[0]["shop_id"], "007");
    assert_eq!(sets(Some("params.shop_id=[a, b]")).unwrap().len(), 2);
    assert_eq!(sets(Some("params.shop_id=[a, a, b, a]")).unwrap().len(), 2, "each value once");
    for set in ["params.shop_id=", "params.shop_id= ", "params.shop_id=[a, '']"] {
        let empty = sets(Some(set)).unwrap_err().to_string();
        assert!(empty.contains("the param `shop_id` is empty"), "{set}: {empty}");
    }
    let missing = sets(None).unwrap_err().to_string();
    assert!(missing.contains("the param `shop_id` (the shop) has no value"), "{missing}");
    assert!(missing.contains("--set params.shop_id=VALUE"), "{missing}");
}

#[test]
fn a_param_multiplies_what_names_it_and_is_set_only_where_it_is_named() {
    let pipeline = |sets: &[&str]| {
        let overrides: Vec<Override> = sets.iter().map(|set| set.parse().unwrap()).collect();
        (Pipeline::parse("shop.yaml", PIPELINE, &overrides).unwrap(), overrides)
    };
    let (shops, _) = pipeline(&["params.shop_id=[a, b]", "params.language=[de, en]"]);
    for (named, expected) in
        [(&["language", "shop_id"][..], 4), (&["shop_id"], 2), (&["language"], 2), (&[], 1)]
    {
        let sets = shops.param_sets("shop.yaml", &named.iter().copied().collect()).unwrap();
        assert_eq!(sets.len(), expected, "{named:?}");
        assert!(sets.iter().all(|set| set.keys().eq(named)), "{named:?}: {sets:?}");
    }
    for (set, expected) in [
        ("params.shop_id=a", None),
        ("params.shopid=a", Some("did you mean `shop_id`?")),
        ("params.nothing_like_it=a", Some("one of: shop_id")),
        ("params.shopid={required: false}", Some("did you mean `shop_id`?")),
        ("begin=2026-01-01", None),
    ] {
        let (pipeline, overrides) = pipeline(&[set]);
        let checked = pipeline.check_set_params(&overrides, &["shop_id"].into());
        match (checked, expected) {
            (Ok(()), None) => {}
            (Err(error), Some(expected)) => assert!(error.to_string().contains(expected), "{set}: {error}"),
            (checked, _) => panic!("{set}: {checked:?}"),
        }
    }
}

#[test]
fn a_time_of_day_at_the_beginning_is_kept() {
    for (text, expected) in [
        ("2026-11-27", "2026-11-27T00:00:00Z"),
        ("2026-11-27T10:00:00", "2026-11-27T10:00:00Z"),
        ("2026-11-27 10:00", "2026-11-27T10:00:00Z"),
    ] {
        let overrides = [format!("begin={text}").parse::<Override>().unwrap()];
        let pipeline = Pipeline::parse("shop.yaml", PIPELINE, &overrides).unwrap();
        assert_eq!(pipeline.begin.to_string(), expected, "{text}");
    }
}

/// A name that a reader of the lake takes for something else is refused before there is a file that has it.
#[test]
fn names_that_readers_have_taken() {
    let check = |from: &str, to: &str, line, expected: &[&str]| {
        check(|text| Table::parse("orders", "orders.yaml", text), TABLE, from, to, line, expected);
    };
    for name in ["source", "date", "month", "Date", "SOURCE", "filename", "file_row_number"] {
        check(
            "  count:",
            &format!("  {name}:"),
            7,
            &["orders.yaml:7", &format!("cannot be called `{name}`"), "hint"],
        );
    }
    check("  count:", "  Sent_At:", 7, &["`Sent_At` and `sent_at` (line 6)", "case"]);
    check("  count:", "  EXTRA:", 8, &["`extra` and `EXTRA` (line 7)"]);
    check("  count:", "  \" count\":", 7, &["the name of a column"]);
    for name in ["raw", "quarantine", "Marts", "delta", "_x", ".x", "a b", "a/b", "a=b", ""] {
        let refused = Table::parse(name, "x.yaml", TABLE).unwrap_err();
        assert_eq!(refused.line, 1, "{refused}");
        let words = refused.to_string();
        assert!(words.contains(&format!("cannot be called `{name}`")) && words.contains("hint"), "{words}");
    }
    Table::parse("orders-2.v1", "x.yaml", TABLE).unwrap();
}
