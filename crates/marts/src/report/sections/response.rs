//! Response times over time, and how they are distributed.

use std::collections::BTreeMap;

use super::super::figure::{Counts, Named, Series, counts, values};
use super::super::numbers::Quantiles;
use super::super::page::{Block, Section};
use super::super::timeline::Timeline;
use super::super::words::{count, seconds, short, short_seconds};
use super::volume::count_of;
use crate::charts::{Mark, Scale};

/// Where the bars of the distribution begin, in seconds.
pub(in super::super) const BOUNDS: [f64; 13] =
    [0.0, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0];

/// The section.
pub(in super::super) fn response(
    timeline: &Timeline,
    overall: Quantiles,
    steps: &[Quantiles],
    distribution: &BTreeMap<&'static str, Vec<f64>>,
) -> Section {
    let mut blocks = Vec::new();
    if overall.replies == 0 {
        blocks
            .push(Block::Note("Nobody's words have been answered yet, or no message has a time.".to_owned()));
        return Section { id: "response", title: "Response times", blocks };
    }
    let known = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), seconds);
    let desc = format!(
        "Of {} replies half come within {} and 95 % within {}. The axis goes by powers of ten.",
        count(overall.replies),
        known(overall.p50),
        known(overall.p95)
    );
    let series = [
        Series {
            name: "half come within (p50)".to_owned(),
            values: steps.iter().map(|step| step.p50).collect(),
        },
        Series {
            name: "95 % come within (p95)".to_owned(),
            values: steps.iter().map(|step| step.p95).collect(),
        },
    ];
    let named = Named {
        id: "response-times",
        title: if timeline.step.word() == "week" {
            "Response times by week"
        } else {
            "Response times by day"
        },
        desc,
        row: timeline.step.word(),
        rows: timeline.names(),
        marks: timeline.marks(),
    };
    blocks.push(values(named, &series, Scale::LogSeconds, short_seconds, |value| seconds(*value)));
    let series: Vec<Series<f64>> = distribution
        .iter()
        .filter(|(_, values)| values.iter().any(|value| *value > 0.0))
        .map(|(name, values)| Series { name: format!("{name} replied"), values: values.clone() })
        .collect();
    if !series.is_empty() {
        let names = names();
        let all = |place: usize| series.iter().map(|one| one.values[place]).sum::<f64>();
        let most =
            (0..names.len()).max_by(|one, other| all(*one).total_cmp(&all(*other))).unwrap_or_default();
        let desc = format!("Most replies, {}, take {}.", count_of(all(most)), names[most]);
        let marks = names.iter().enumerate().map(|(at, name)| Mark::new(at, axis_name(name))).collect();
        let named = Named {
            id: "response-distribution",
            title: "How long replies take",
            desc,
            row: "time",
            rows: names,
            marks,
        };
        blocks.push(counts(named, &series, Counts::Bars, short, |number| count_of(*number)));
    }
    Section { id: "response", title: "Response times", blocks }
}

fn names() -> Vec<String> {
    let name = |(place, bound): (usize, &f64)| match (place, BOUNDS.get(place + 1)) {
        (0, Some(next)) => format!("below {}", short_seconds(next)),
        (_, Some(next)) => format!("{} to {}", short_seconds(bound), short_seconds(next)),
        (_, None) => format!("{} and more", short_seconds(bound)),
    };
    BOUNDS.iter().enumerate().map(name).collect()
}

/// What fits below a bar: where it begins.
fn axis_name(name: &str) -> String {
    match name.split_once(" to ") {
        Some((from, _)) => from.to_owned(),
        None if name.starts_with("below") => "0 s".to_owned(),
        None => name.split(" and").next().unwrap_or(name).to_owned(),
    }
}
