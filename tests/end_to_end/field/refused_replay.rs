//! A replay that is refused changes nothing, not even what stands in quarantine.

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::convolake::Convolake;
use crate::lake::Lake;

const STREAM: &str = "{ path: /t, pages: { cursor: /next, param: cursor }, records: /data, schema: x/t }";
const SCHEMA: &str = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n";
const PAGE: &str = r#"{"data":[{"id":"1","at":"2024-12-01T00:00:00Z","k":"x"},{"id":"2","at":"2024-12-01T00:00:00Z"}],"next":null}"#;

/// Lumenpulse#1453: what a refused replay had quarantined was known to the next command, which then ended with 0.
#[test]
fn what_a_refused_replay_would_quarantine_is_told_by_the_next() {
    let project = OwnProject::new(STREAM, SCHEMA).table("u", &[]);
    let (source, lake) = (Script::start(|_, _| Answer::json(PAGE)), Lake::new());
    project.run(&source.base_url(), &lake).ends(0);
    // The second record has none.
    project.write("schemas/x/t.yaml", format!("{SCHEMA}    k: {{ at: /k }}\n"));
    let project = project.table("u", &["k: { type: string, required: true }"]);
    let replay = || {
        let call = Convolake::new(&["replay", "pipelines/x.yaml"]).folder(project.path());
        call.to(&lake).json().without_keys()
    };
    replay().ends(1);
    assert_eq!(lake.quarantined("x").len(), 0);
    replay().args(&["--allow-missing"]).ends(65);
    assert_eq!(lake.quarantined("x").len(), 1);
    replay().args(&["--allow-missing"]).ends(0);
}
