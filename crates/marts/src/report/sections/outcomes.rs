//! What conversations came to, and whether all of them is here.

use super::super::figure::{Named, Series, values};
use super::super::numbers::Outcomes;
use super::super::page::{Block, Section, State, Table};
use super::super::timeline::Timeline;
use super::super::words::percent;
use super::volume::count_of;
use crate::charts::Scale;

/// Containment, hand-off and abandonment, of the conversations that opened in a step and have ended.
pub(in super::super) fn outcomes(timeline: &Timeline, steps: &[Outcomes]) -> Section {
    let sum = |of: fn(&Outcomes) -> f64| steps.iter().map(of).sum::<f64>();
    let ended = sum(|step| step.ended);
    let title = "Containment and hand-off";
    if ended == 0.0 {
        let note = "No conversation of these days has ended yet, so there is no share of them to tell.";
        return Section { id: "outcomes", title, blocks: vec![Block::Note(note.to_owned())] };
    }
    let share = |part: f64, of: f64| (of > 0.0).then_some(part / of);
    let series = |name: &str, of: fn(&Outcomes) -> f64| Series {
        name: name.to_owned(),
        values: steps.iter().map(|step| share(of(step), step.ended)).collect(),
    };
    let all = [
        series("contained: ended without an agent", |step| step.contained),
        series("handed off to an agent", |step| step.handed_off),
        series("abandoned: nobody answered", |step| step.abandoned),
    ];
    let shown = |part: f64| percent(&(part / ended));
    let desc = format!(
        "Of {} conversations that have ended {} were contained, {} handed off, {} abandoned.",
        count_of(ended),
        shown(sum(|step| step.contained)),
        shown(sum(|step| step.handed_off)),
        shown(sum(|step| step.abandoned))
    );
    let named = Named {
        id: "outcome-shares",
        title: if timeline.step.word() == "week" { "Outcomes by week" } else { "Outcomes by day" },
        desc,
        row: timeline.step.word(),
        rows: timeline.names(),
        marks: timeline.marks(),
    };
    Section {
        id: "outcomes",
        title,
        blocks: vec![values(named, &all, Scale::Share { from: 0.0 }, percent, percent)],
    }
}

/// A stream's declared counts against what is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Declared {
    pub(in super::super) stream: String,
    pub(in super::super) complete: u64,
    pub(in super::super) short: u64,
    pub(in super::super) over: u64,
}

/// The share of conversations with nothing missing, and what each stream declares against what is here.
pub(in super::super) fn completeness(
    timeline: &Timeline,
    steps: Option<&[Outcomes]>,
    declared: &[Declared],
) -> Section {
    let mut blocks = Vec::new();
    let steps = steps.unwrap_or_default();
    let sum = |of: fn(&Outcomes) -> f64| steps.iter().map(of).sum::<f64>();
    let n_declared = sum(|step| step.declared);
    if n_declared > 0.0 {
        let missing = n_declared - sum(|step| step.complete);
        let values_of = |step: &Outcomes| (step.declared > 0.0).then_some(step.complete / step.declared);
        let series = [Series { name: "complete".to_owned(), values: steps.iter().map(values_of).collect() }];
        let least = series[0].values.iter().flatten().copied().fold(1.0, f64::min);
        // A few in a thousand are to be seen.
        let from = [0.99, 0.9, 0.5].into_iter().find(|from| least >= *from).unwrap_or(0.0);
        let desc = format!(
            "Of {} conversations that declare how many messages they have, {} lack some. The axis begins at {}.",
            count_of(n_declared),
            count_of(missing),
            percent(&from)
        );
        let named = Named {
            id: "complete-share",
            title: "Conversations with nothing missing",
            desc,
            row: timeline.step.word(),
            rows: timeline.names(),
            marks: timeline.marks(),
        };
        blocks.push(values(named, &series, Scale::Share { from }, percent, percent));
    }
    if !declared.is_empty() {
        let number = |number: u64| super::super::words::count(number);
        let row =
            |of: &Declared| vec![of.stream.clone(), number(of.complete), number(of.short), number(of.over)];
        let state = |of: &Declared| match of.short {
            0 => State::Good,
            _ => State::Warn,
        };
        blocks.push(Block::Table(Table {
            caption: "What streams declare against what the lake holds".to_owned(),
            head: ["stream", "complete", "short", "over"].map(str::to_owned).to_vec(),
            rows: declared.iter().map(row).collect(),
            states: declared.iter().map(state).collect(),
            is_numbers: true,
        }));
    }
    if blocks.is_empty() {
        blocks.push(Block::Note(
            "The sources declare no number of messages, so nothing is known to be missing.".to_owned(),
        ));
    }
    Section { id: "completeness", title: "Completeness", blocks }
}
