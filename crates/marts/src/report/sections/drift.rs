//! What sources send that they did not, or that fits no column: of the newest runs.

use super::super::page::{Block, Section, State, Table};
use super::super::words::count;

/// Rows of the table.
const TOLD: usize = 100;

/// One kind of drift at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Drift {
    pub(in super::super) pipeline: String,
    /// As in `new field`.
    pub(in super::super) kind: &'static str,
    pub(in super::super) stream: String,
    /// The pointer, or the column.
    pub(in super::super) place: String,
    /// How often, of the runs that were read.
    pub(in super::super) count: u64,
    /// The newest run that told of it.
    pub(in super::super) run: String,
}

/// The section; `n_runs` reports were read in full.
pub(in super::super) fn drift(found: &[Drift], n_runs: usize) -> Section {
    let title = "Drift";
    let note = match (n_runs, found.len()) {
        (0, _) => "No run has left a report yet.".to_owned(),
        (_, 0) => {
            format!("Nothing new, gone, or of another type in the last {n_runs} runs that were looked at.")
        }
        (_, more) if more > TOLD => {
            format!("{more} places in the last {n_runs} runs; the first {TOLD} are told.")
        }
        _ => format!("Of the last {n_runs} runs that were looked at."),
    };
    let mut blocks = vec![Block::Note(note)];
    if !found.is_empty() {
        let row = |of: &Drift| {
            vec![
                of.place.clone(),
                of.kind.to_owned(),
                of.pipeline.clone(),
                of.stream.clone(),
                count(of.count),
                of.run.clone(),
            ]
        };
        let state = |of: &Drift| match of.kind {
            "new field" | "new field beside records" => State::Plain,
            _ => State::Warn,
        };
        blocks.push(Block::Table(Table {
            caption: "Drift of sources".to_owned(),
            head: ["place", "what", "pipeline", "stream", "times", "last in"].map(str::to_owned).to_vec(),
            rows: found.iter().take(TOLD).map(row).collect(),
            states: found.iter().take(TOLD).map(state).collect(),
            is_numbers: false,
        }));
    }
    Section { id: "drift", title, blocks }
}
