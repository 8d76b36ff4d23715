//! Checks as they are declared, and what is said where they are wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use convolake_model::{CheckRule, CheckValue, Condition, ConfigError, MartChecks, Severity, Table};
use indexmap::IndexMap;

const TABLE: &str = "\
key: [id]
partition: { date: sent_at }
order: [id]
references: { shops: [shop_id] }
checks:
  one: { unique: id }
  roles: { accepted_values: { column: role, values: [human, '1', null] }, severity: warn }
  timed: { share: { column: sent_at, is: missing, at_most: 0.05 }, where: { column: role, one_of: [human] } }
  shop: { references: { table: shops } }
  fresh: { freshness: { column: sent_at, at_most: 2d } }
  usual: { volume: { column: sent_at, factor: 2 } }
  off: { not_null: [role], enabled: false }
columns:
  id: { type: string, required: true }
  shop_id: { type: string }
  role: { type: string }
  count: { type: int64 }
  sent_at: { type: timestamp }
  extra: { type: json }
  fetched_at: { type: timestamp, required: true }
  page: { type: string, required: true }
";

const SHOPS: &str = "\
key: [shop_id]
partition: { date: fetched_at }
order: [shop_id]
columns:
  shop_id: { type: string, required: true }
  extra: { type: json }
  fetched_at: { type: timestamp, required: true }
  page: { type: string, required: true }
";

fn read(text: &str) -> Result<Table, ConfigError> {
    let mut table = Table::parse("orders", "orders.yaml", text)?;
    let shops = Table::parse("shops", "shops.yaml", SHOPS)?;
    let tables = IndexMap::from([("orders".to_owned(), table.clone()), ("shops".to_owned(), shops)]);
    table.check_references("orders.yaml", text, &tables)?;
    Ok(table)
}

#[test]
fn checks_are_read_in_their_order_and_those_that_are_not_enabled_left_out() {
    let table = read(TABLE).unwrap();
    let names: Vec<&str> = table.checks.keys().map(String::as_str).collect();
    assert_eq!(names, ["one", "roles", "timed", "shop", "fresh", "usual"]);
    let CheckRule::AcceptedValues { values, accepts_null, .. } = &table.checks["roles"].rule else {
        unreachable!("{:?}", table.checks["roles"])
    };
    let texts = ["human", "1"].map(|text| CheckValue::Text(text.to_owned()));
    assert_eq!((values.as_slice(), *accepts_null), (texts.as_slice(), true));
    assert_eq!(
        (table.checks["roles"].severity, table.checks["one"].severity),
        (Severity::Warn, Severity::Error)
    );
    let rows = table.checks["timed"].rows.as_ref().unwrap();
    assert_eq!(rows.is, Condition::OneOf(vec![CheckValue::Text("human".to_owned())]));
    let CheckRule::References { columns, table: shops, key } = &table.checks["shop"].rule else {
        unreachable!("{:?}", table.checks["shop"])
    };
    assert_eq!((columns[0].as_str(), shops.as_str(), key[0].as_str()), ("shop_id", "shops", "shop_id"));
    assert_eq!((table.checks["fresh"].line, table.checks["fresh"].file.as_str()), (10, "orders.yaml"));
}

#[track_caller]
fn check(from: &str, to: &str, line: u64, expected: &[&str]) {
    assert!(TABLE.contains(from), "{from}");
    let error = read(&TABLE.replacen(from, to, 1)).unwrap_err();
    let words = error.to_string();
    assert_eq!(error.line, line, "{words}");
    for word in expected {
        assert!(words.contains(word), "{words}");
    }
}

#[test]
fn a_check_that_cannot_be_carried_out_is_told_with_its_line() {
    check("unique: id", "unique: ids", 6, &["`ids` is no column", "did you mean `id`"]);
    check("unique: id", "unique: id, not_null: id", 6, &["a check has one kind", "accepted_values"]);
    check("{ unique: id }", "{ severity: warn }", 6, &["a check has one kind"]);
    check("{ unique: id }", "{ uniqe: id }", 6, &["did you mean `unique`"]);
    check("'1', null", "1, null", 7, &["no such value", "in quotes"]);
    check("[human, '1', null]", "[null]", 7, &["no value of `role`"]);
    check("at_most: 0.05", "at_most: 5", 8, &["from 0 to 1", "0.05"]);
    check(", at_most: 0.05", "", 8, &["no bound"]);
    check("is: missing", "is: missing, below: 3", 8, &["one of `is`, `one_of`, `below`, `above`"]);
    check("column: sent_at, is: missing", "column: role, above: 3", 8, &["no number"]);
    check("one_of: [human]", "one_of: [null]", 8, &["is: missing"]);
    check("table: shops }", "table: shop }", 9, &["do not name `shop`", "did you mean `shops`"]);
    check("column: sent_at, at_most: 2d", "column: role, at_most: 2d", 10, &["`role` is no timestamp"]);
    check("at_most: 2d", "at_most: 2 days", 10, &["bad length of time"]);
    check("factor: 2", "factor: 1", 11, &["above 1"]);
    check("factor: 2", "weeks: 1", 11, &["2 to 52 weeks"]);
}

#[test]
fn a_mart_names_the_columns_that_hold_anothers_key() {
    let tables = IndexMap::from([("shops".to_owned(), Table::parse("shops", "shops.yaml", SHOPS).unwrap())]);
    let read = |text: &str| MartChecks::parse("daily.yaml", text, &tables);
    let whole = "checks:\n  shop: { references: { table: shops, columns: [shop_id] } }\n";
    assert_eq!(read(whole).unwrap().checks.len(), 1);
    for (text, words) in [
        ("checks:\n  shop: { references: { table: shops } }\n", "which columns hold"),
        (
            "checks:\n  shop: { references: { table: shops, columns: [a, b] } }\n",
            "cannot hold the key of shops",
        ),
        ("checks:\n  shop: { references: { table: shop, columns: [a] } }\n", "did you mean `shops`"),
        ("check: {}\n", "did you mean `checks`"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.line > 0, "{error}");
    }
}
