//! Checks of single rows.

use serde_json::{Value, json};

use crate::shop::{Shop, note};

/// dbt-labs/dbt-core#8543: accepted values passed where the column was null.
#[test]
fn null_is_no_accepted_value_unless_it_is_named() {
    let notes =
        [note("1", json!({"role": "human"})), note("2", json!({})), note("3", json!({"role": "owl"}))];
    let of = |values: &str| {
        Shop::new(&format!("roles: {{ accepted_values: {{ column: role, values: {values} }} }}"))
            .with(&notes)
            .check()
    };
    let found = of("[human]");
    assert_eq!(
        (&found["outcome"], &found["rows"], &found["failing"]),
        (&json!("failed"), &json!(3), &json!(2))
    );
    assert_eq!(found["examples"][0], json!({"key": "agent_id=a note_id=2", "value": null}));
    let found = of("[human, null]");
    assert_eq!((&found["failing"], &found["examples"][0]["value"]), (&json!(1), &json!("owl")));
    assert_eq!(of("[human, owl, null]")["outcome"], "passed");
}

/// mdneuzerling/exemplar#6, dbt-labs/dbt-utils#859: checks passed where there was nothing to check.
#[test]
fn of_no_rows_nothing_is_judged() {
    let shop = Shop::new("spoken: { not_null: text, where: { column: role, one_of: [agent] } }");
    let found = shop.with(&[note("1", json!({"role": "human"}))]).check();
    assert_eq!((&found["outcome"], &found["rows"]), (&json!("not_judged"), &json!(0)));
    assert!(found["words"].as_str().unwrap().contains("no rows of those where role is agent"), "{found:#}");
}

#[test]
fn a_share_lies_within_its_bounds() {
    let notes: Vec<Value> = (0..10)
        .map(|number| {
            note(
                &number.to_string(),
                json!({"text": if number < 3 { json!(" \u{a0} ") } else { json!("hi") }}),
            )
        })
        .collect();
    let of = |bounds: &str| {
        Shop::new(&format!("said: {{ share: {{ column: text, is: empty, {bounds} }}, severity: warn }}"))
            .with(&notes)
            .check()
    };
    assert_eq!(of("at_most: 0.3")["outcome"], "passed");
    let found = of("at_most: 0.2");
    assert_eq!((&found["outcome"], &found["failing"]), (&json!("failed"), &json!(3)));
    let found = of("at_least: 0.5");
    assert_eq!((&found["outcome"], &found["failing"]), (&json!("failed"), &json!(7)));
    assert!(
        found["words"].as_str().unwrap().contains("3 of 10 rows, 30 %, where at least 50 % are expected"),
        "{found:#}"
    );
}

/// What people write is not repeated in a report that is handed round.
#[test]
fn a_long_text_is_not_shown_whole() {
    let secret = "my card is 4000 1234 5678 9010 and its code 123";
    let shop = Shop::new("short: { accepted_values: { column: text, values: [hi] } }");
    let found = shop.with(&[note("1", json!({"text": format!("{secret}\u{1b}[31m")}))]).check();
    let value = found["examples"][0]["value"].as_str().unwrap();
    assert!(value.len() < 30 && value.ends_with(".."), "{value}");
}

#[test]
fn a_warning_is_told_and_ends_well_and_an_error_ends_with_66() {
    let text = "roles: { accepted_values: { column: role, values: [human] }, severity: warn }";
    let notes = [note("1", json!({"role": "owl"}))];
    let (report, code) = Shop::new(text).with(&notes).checks(&[]);
    assert_eq!((&report["counts"]["warned"], &report["outcome"], code), (&json!(1), &json!("done"), 0));
    let (report, code) = Shop::new(&text.replace("warn", "error")).with(&notes).checks(&["notes"]);
    assert_eq!((&report["counts"]["failed"], &report["outcome"], code), (&json!(1), &json!("short"), 66));
}
