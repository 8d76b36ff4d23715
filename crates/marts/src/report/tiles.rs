//! The numbers at the head of the page.

use convolake_engine::PipelineStatus;

use super::day_counts::DayCounts;
use super::maker::Found;
use super::numbers::{Outcomes, Quantiles};
use super::page::{State, Tile};
use super::words::{count, percent, seconds};
use crate::checks::ChecksReport;

/// How many conversations and messages there are.
pub(super) fn of_counts(found: &Found) -> Vec<Tile> {
    let tile = |name, counts: &DayCounts| {
        let newest = counts.iter().filter_map(|(day, ..)| *day).max();
        let beside = newest.map(|day| format!("up to {day}")).unwrap_or_default();
        Tile { name, value: count(total(counts)), beside, state: State::Plain }
    };
    let conversations = found.conversations.as_ref().map(|counts| tile("conversations", counts));
    let messages = found.messages.as_ref().or(found.types.as_ref()).map(|counts| tile("messages", counts));
    conversations.into_iter().chain(messages).collect()
}

/// How long replies take.
pub(super) fn of_replies(overall: Quantiles) -> Option<Tile> {
    let half = overall.p50?;
    let beside = overall.p95.map(|p95| format!("95 % within {}", seconds(p95))).unwrap_or_default();
    Some(Tile { name: "half of the replies within", value: seconds(half), beside, state: State::Plain })
}

/// What conversations came to.
pub(super) fn of_outcomes(steps: &[Outcomes]) -> Vec<Tile> {
    let sum = |of: fn(&Outcomes) -> f64| steps.iter().map(of).sum::<f64>();
    let (ended, declared) = (sum(|step| step.ended), sum(|step| step.declared));
    let mut tiles = Vec::new();
    if ended > 0.0 {
        let handed_off = percent(&(sum(|step| step.handed_off) / ended));
        tiles.push(Tile {
            name: "contained",
            value: percent(&(sum(|step| step.contained) / ended)),
            beside: format!("{handed_off} handed off"),
            state: State::Plain,
        });
    }
    if declared > 0.0 {
        let complete = sum(|step| step.complete);
        tiles.push(Tile {
            name: "complete",
            value: percent(&(complete / declared)),
            beside: "of conversations that declare".to_owned(),
            state: if complete < declared { State::Warn } else { State::Good },
        });
    }
    tiles
}

/// How the checks ended.
pub(super) fn of_checks(report: &ChecksReport) -> Tile {
    let counts = report.counts;
    let (value, state) = match (counts.failed, counts.warned, counts.passed) {
        (0, 0, 0) => ("not judged".to_owned(), State::Plain),
        (0, 0, passed) => (format!("{passed} passed"), State::Good),
        (0, warned, _) => (format!("{warned} to look at"), State::Warn),
        (failed, ..) => (format!("{failed} failed"), State::Bad),
    };
    Tile { name: "checks", value, beside: format!("{} not judged", counts.not_judged), state }
}

/// How the last run ended.
pub(super) fn of_runs(pipelines: &[PipelineStatus]) -> Option<Tile> {
    let runs = pipelines.iter().filter_map(|of| of.runs.first().map(|run| (of, run)));
    let (of, run) = runs.max_by(|one, other| one.1.run.cmp(&other.1.run))?;
    let began = run.started_at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    let state = match run.exit_code {
        0 => State::Good,
        65 | 66 | 75 => State::Warn,
        _ => State::Bad,
    };
    Some(Tile {
        name: "last run",
        value: run.outcome.clone(),
        beside: format!("{} {began}", of.pipeline),
        state,
    })
}

fn total(counts: &DayCounts) -> u64 {
    counts.iter().map(|(.., count)| count).sum()
}
