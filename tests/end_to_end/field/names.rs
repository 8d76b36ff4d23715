//! Names that readers of the lake take for something else, and tables that two pipelines share.

use super::project::OwnProject;
use crate::lake::Lake;

const STREAM: &str = "{ path: /t, pages: {}, records: '', schema: x/t }";
const SCHEMA: &str = "u: { columns: { id: { at: /id }, at: { at: /at } } }\n";
const PAGE: &str = r#"[{"id":"1","at":"2024-12-01T00:00:00Z","x":5}]"#;

fn flatten(project: &OwnProject, lake: &Lake) -> crate::convolake::Convolake {
    let file = project.write("a.json", PAGE);
    project.flatten(&[&file], lake)
}

#[test]
fn a_column_cannot_be_called_as_a_partition_or_a_readers_own() {
    for name in ["source", "date", "month", "Date", "SOURCE", "filename", "file_row_number"] {
        let project = OwnProject::new(STREAM, SCHEMA).table("u", &[&format!("{name}: {{ type: string }}")]);
        let lake = Lake::new();
        flatten(&project, &lake).ends(2).says(&[
            "tables/u.yaml:6",
            &format!("cannot be called `{name}`"),
            "hint",
        ]);
        assert!(lake.all_files().is_empty());
    }
}

#[test]
fn names_that_differ_in_case_only_are_refused() {
    let project =
        OwnProject::new(STREAM, SCHEMA).table("u", &["userid: { type: string }", "userId: { type: string }"]);
    flatten(&project, &Lake::new()).ends(2).says(&["u.yaml:7", "`userId` and `userid` (line 6)"]);
    let project = OwnProject::new(STREAM, SCHEMA).table("u", &[]).table("U", &[]);
    flatten(&project, &Lake::new()).ends(2).says(&["the tables `u` and `U`", "case"]);
}

#[test]
fn a_table_cannot_be_called_as_a_folder_of_the_lake() {
    for name in ["raw", "quarantine", "marts", "delta", "_x"] {
        let project = OwnProject::new(STREAM, &SCHEMA.replacen('u', name, 1)).table(name, &[]);
        let refused = flatten(&project, &Lake::new()).ends(2);
        refused.says(&[&format!("{name}.yaml:1"), &format!("cannot be called `{name}`"), "hint"]);
    }
}

/// A project with a pipeline `y` beside.
fn with_second(first: &[&str], second: &[&str]) -> (OwnProject, OwnProject) {
    let other = OwnProject::with_pipeline(
        &format!(
            "name: y\nbase_url: http://127.0.0.1:9\nauth: {{ header: authorization, env: AGENTX_API_KEY }}\nstreams:\n  t: {STREAM}\n"
        ),
        SCHEMA,
    );
    (OwnProject::new(STREAM, SCHEMA).table("u", first), other.table("u", second))
}

#[test]
fn two_pipelines_do_not_give_one_table_other_columns() {
    for (second, what) in [
        (&["x: { type: string }"][..], "`x` is"),
        (&[], "`x`"),
        (&["x: { type: int64 }", "y: { type: string }"], "`y`"),
    ] {
        let (first, other) = with_second(&["x: { type: int64 }"], second);
        let lake = Lake::new();
        flatten(&first, &lake).ends(0);
        let before = lake.all_files();
        flatten(&other, &lake).ends(2).says(&["the pipelines y and x", "the table u", what, "hint"]);
        let tables = |files: &std::collections::BTreeMap<std::path::PathBuf, _>| {
            files.keys().filter(|path| path.starts_with("u")).count()
        };
        assert_eq!(tables(&lake.all_files()), tables(&before));
        flatten(&first, &lake).ends(0);
    }
    let (first, other) = with_second(&["x: { type: int64 }"], &["x: { type: int64 }"]);
    let lake = Lake::new();
    flatten(&first, &lake).ends(0);
    flatten(&other, &lake).ends(0);
    assert_eq!(lake.rows("u").len(), 2);
}
