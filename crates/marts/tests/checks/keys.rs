//! Checks of rows together.

use serde_json::json;

use crate::shop::{Shop, note};

/// Keys that were unique within a partition passed as unique: here a note of each month has the parent 7.
#[test]
fn what_is_unique_is_so_over_all_partitions() {
    let notes = [
        note("1", json!({"parent": "7", "at": "2025-04-01T00:00:00Z"})),
        note("2", json!({"parent": "7", "at": "2025-05-01T00:00:00Z"})),
        note("3", json!({"parent": "8"})),
    ];
    let found = Shop::new("one: { unique: [agent_id, parent_id] }").with(&notes).check();
    assert_eq!(
        (&found["outcome"], &found["rows"], &found["failing"]),
        (&json!("failed"), &json!(3), &json!(2))
    );
    assert_eq!(found["examples"], json!([{"key": "agent_id=a parent_id=7", "value": "2 rows"}]));
}

/// dbt-labs/dbt-core#207, databrickslabs/dqx#344: rows with null counted as doubles; calogica/dbt-expectations#200: they were left out, and
/// nobody was told.
#[test]
fn null_equals_no_other_and_that_is_told() {
    let notes = [note("1", json!({})), note("2", json!({})), note("3", json!({"parent": "8"}))];
    let found = Shop::new("one: { unique: [agent_id, parent_id] }").with(&notes).check();
    assert_eq!((&found["outcome"], &found["rows"]), (&json!("passed"), &json!(1)));
    assert!(
        found["words"].as_str().unwrap().contains("2 rows with null in one of them equal no other"),
        "{found:#}"
    );
}

/// Parts of a key do not run into each other.
#[test]
fn a_key_is_not_its_parts_joined() {
    let notes =
        [note("1", json!({"role": "ab", "text": "c"})), note("2", json!({"role": "a", "text": "bc"}))];
    assert_eq!(Shop::new("one: { unique: [role, text] }").with(&notes).check()["outcome"], "passed");
}

#[test]
fn what_rows_refer_to_is_there() {
    let notes = [
        note("1", json!({})),
        note("2", json!({"parent": "1", "at": "2025-01-01T00:00:00Z"})),
        note("3", json!({"parent": "404"})),
    ];
    let found = Shop::new("parent: { references: { table: notes } }").with(&notes).check();
    assert_eq!(
        (&found["outcome"], &found["rows"], &found["failing"]),
        (&json!("failed"), &json!(2), &json!(1))
    );
    assert_eq!(found["examples"][0]["key"], "agent_id=a parent_id=404");
    assert!(found["words"].as_str().unwrap().contains("1 rows refer to none"), "{found:#}");
}
