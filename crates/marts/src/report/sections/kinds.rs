//! Types of messages over time.

use super::super::day_counts::DayCounts;
use super::super::figure::{Named, counts};
use super::super::page::{Block, Section};
use super::super::timeline::Timeline;
use super::super::words::short;
use super::volume::{SeriesOf, count_of, drawn_as, series_of};

/// The section.
pub(in super::super) fn kinds(timeline: &Timeline, of_days: &DayCounts) -> Section {
    let SeriesOf { series, .. } = series_of(of_days, timeline, "no type");
    let title = "Types of messages";
    let Some(first) = series.first() else {
        let note = "There are no messages on the days shown.".to_owned();
        return Section { id: "types", title, blocks: vec![Block::Note(note)] };
    };
    let desc = format!(
        "Most messages, {}, are of the type {}.{}",
        count_of(first.values.iter().sum()),
        first.name,
        drawn_as(timeline)
    );
    let named = Named {
        id: "message-types",
        title: "Messages a day, by type",
        desc,
        row: timeline.step.word(),
        rows: timeline.names(),
        marks: timeline.marks(),
    };
    let block = counts(named, &series, timeline.counts(), short, |number| count_of(*number));
    Section { id: "types", title, blocks: vec![block] }
}
