//! What a source of one's own says beside its records.

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::lake::Lake;

/// Two pages behind a cursor, of a source that has never been heard of, are two rows.
#[test]
fn a_source_of_ones_own_is_walked_to_its_end() {
    let source = Script::start(|_, asked| match asked.query("cursor") {
        None => Answer::json(r#"{"data":[{"id":"1","at":"2024-12-01T00:00:00Z"}],"next":"n2"}"#),
        Some(_) => Answer::json(r#"{"data":[{"id":"2","at":"2024-12-01T00:00:01Z"}],"next":null}"#),
    });
    let project = OwnProject::new(
        "{ path: /t, pages: { cursor: /next, param: cursor }, records: /data, id: /id, schema: x/t }",
        "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n",
    )
    .table("u", &[]);
    let lake = Lake::new();
    project.run(&source.base_url(), &lake).ends(0);
    assert_eq!(lake.rows("u").len(), 2);
    assert_eq!(source.asked().len(), 2);
    assert_eq!(source.asked()[0].path(), "/t");
    assert!(source.asked()[0].header("authorization").is_some());
    source.forget();
}
