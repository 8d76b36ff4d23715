//! What stored reports and the state of pipelines tell.

use std::collections::BTreeMap;

use convolake_engine::{EngineError, PipelineStatus};
use serde_json::Value;

use super::sections::{Declared, Drift};
use crate::catalog::Catalog;
use crate::failure::Failure;

/// Runs of a pipeline whose reports are read in full, for what they tell of drift.
const RUNS_IN_FULL: usize = 14;

/// What the newest runs of each pipeline tell of drift, and how many runs were read.
pub(super) fn drift(pipelines: &[PipelineStatus], catalog: &Catalog) -> Result<(Vec<Drift>, usize), Failure> {
    const KINDS: [(&str, &str); 8] = [
        ("new_fields", "new field"),
        ("envelope_fields", "new field beside records"),
        ("mismatches", "value of another type"),
        ("doubled_keys", "key that stands twice"),
        ("as_text", "number as text"),
        ("vanished_fields", "gone"),
        ("changed_types", "other type than before"),
        ("unknown_words", "unknown word"),
    ];
    let mut found: BTreeMap<(String, &'static str, String, String), (u64, String)> = BTreeMap::new();
    let mut n_runs = 0;
    for of in pipelines {
        for run in of.runs.iter().take(RUNS_IN_FULL) {
            let stored = catalog.lake.stored_report(&of.pipeline, &run.run).map_err(EngineError::from)?;
            let Some(stored) = stored else { continue };
            n_runs += 1;
            for (name, kind) in KINDS {
                let entries = stored.report.get(name).and_then(Value::as_array);
                for entry in entries.into_iter().flatten() {
                    let key = (of.pipeline.clone(), kind, text(entry, "stream"), place(entry));
                    let times = entry.get("count").and_then(Value::as_u64).unwrap_or(1);
                    found.entry(key).or_insert_with(|| (0, run.run.clone())).0 += times;
                }
            }
        }
    }
    let drift =
        |((pipeline, kind, stream, place), (count, run))| Drift { pipeline, kind, stream, place, count, run };
    Ok((found.into_iter().map(drift).collect(), n_runs))
}

/// Counts of records that declare how much they bring, by stream.
pub(super) fn declared(pipelines: &[PipelineStatus]) -> Vec<Declared> {
    let streams = pipelines.iter().flat_map(|of| of.streams.iter().map(move |stream| (of, stream)));
    let declared = streams.filter_map(|(of, stream)| {
        let counts = stream.completeness.as_ref()?;
        let number = |name: &str| counts.get(name).and_then(Value::as_u64).unwrap_or_default();
        Some(Declared {
            stream: format!("{} {}", of.pipeline, stream.stream),
            complete: number("complete"),
            short: number("short"),
            over: number("over"),
        })
    });
    declared.collect()
}

/// Where drift was found: the pointer or column, and the word where it is one.
fn place(entry: &Value) -> String {
    let names = ["pointer", "field", "place", "column", "path"];
    let place = names.iter().map(|name| text(entry, name)).find(|text| !text.is_empty()).unwrap_or_default();
    let word = text(entry, "word");
    super::words::cut(&if word.is_empty() { place } else { format!("{place}: {word}") }, 80)
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
