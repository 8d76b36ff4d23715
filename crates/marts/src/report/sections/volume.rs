//! Conversations and messages a day by channel.

use super::super::day_counts::{DayCounts, Word};
use super::super::figure::{Counts, Named, Series, counts, top_and_others};
use super::super::page::{Block, Section};
use super::super::timeline::Timeline;
use super::super::words::{count, cut, short};

/// The length of a name of a source, in characters.
const MAX_NAME: usize = 40;

/// Series over a timeline, and how many of the counts lie outside it, or on no day.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct SeriesOf {
    pub(in super::super) series: Vec<Series<f64>>,
    pub(in super::super) outside: u64,
    pub(in super::super) without_day: u64,
}

/// A series a word.
pub(in super::super) fn series_of(counts: &DayCounts, timeline: &Timeline, none: &str) -> SeriesOf {
    let mut found = SeriesOf::default();
    let mut words: Vec<&Word> = counts.iter().map(|(_, word, _)| word).collect();
    words.sort();
    words.dedup();
    for word in &words {
        let name = match word {
            // Words that become one where they are cut stay two series.
            Word::Is(word) if word.trim().is_empty() => format!("“{}”", cut(word, MAX_NAME)),
            Word::Is(word) => cut(word, MAX_NAME),
            Word::None => none.to_owned(),
            Word::Rare => "rarer ones".to_owned(),
        };
        found.series.push(Series { name, values: vec![0.0; timeline.n_steps] });
    }
    for (day, word, count) in counts {
        let series = words.binary_search(&word).ok().and_then(|place| found.series.get_mut(place));
        match (day, day.and_then(|day| timeline.place(day)), series) {
            #[expect(clippy::cast_precision_loss, reason = "what is drawn needs no more digits")]
            (Some(_), Some(place), Some(series)) => series.values[place] += *count as f64,
            (None, ..) => found.without_day += count,
            _ => found.outside += count,
        }
    }
    found.series = top_and_others(found.series);
    found
}

/// The section.
pub(in super::super) fn volume(
    timeline: &Timeline,
    conversations: Option<&DayCounts>,
    messages: Option<&DayCounts>,
    note: Option<String>,
) -> Section {
    let mut blocks: Vec<Block> = note.map(Block::Note).into_iter().collect();
    let plots = [
        ("conversations", "Conversations a day, by channel", "conversations", conversations),
        ("messages", "Messages a day, by channel", "messages", messages),
    ];
    for (id, title, what, of_days) in plots {
        let Some(of_days) = of_days else { continue };
        let SeriesOf { series, outside, without_day } = series_of(of_days, timeline, "no channel");
        let left_out = [(outside, "lie outside the days shown"), (without_day, "have no time")];
        for (number, why) in left_out.into_iter().filter(|(number, _)| *number > 0) {
            blocks.push(Block::Note(format!("{} {what} {why}, and are not in the plot.", count(number))));
        }
        if series.is_empty() {
            blocks.push(Block::Note(format!("There are no {what} on the days shown.")));
            continue;
        }
        let desc = said(what, timeline, &series);
        let (rows, marks) = (timeline.names(), timeline.marks());
        let named = Named { id, title, desc, row: timeline.step.word(), rows, marks };
        blocks.push(counts(named, &series, timeline.counts(), short, |number| count_of(*number)));
    }
    Section { id: "volume", title: "Conversations and messages", blocks }
}

/// What is to be seen: how many in all, the fullest day, who has most.
fn said(what: &str, timeline: &Timeline, series: &[Series<f64>]) -> String {
    let all: f64 = series.iter().flat_map(|one| &one.values).sum();
    let total = |row: usize| series.iter().map(|one| one.values[row]).sum::<f64>();
    let fullest = (0..timeline.n_steps).max_by(|one, other| total(*one).total_cmp(&total(*other)));
    let fullest =
        fullest.map(|row| format!("; the most, {}, on {}", count_of(total(row)), timeline.day(row)));
    let most = series
        .first()
        .filter(|_| series.len() > 1)
        .map(|one| format!("; {} have {}", one.name, count_of(one.values.iter().sum())));
    format!(
        "{} {what} from {} to {}{}{}.{}",
        count_of(all),
        timeline.day(0),
        timeline.day(timeline.n_steps.saturating_sub(1)),
        fullest.unwrap_or_default(),
        most.unwrap_or_default(),
        drawn_as(timeline)
    )
}

/// What a plot of averages has to say of itself.
pub(super) fn drawn_as(timeline: &Timeline) -> &'static str {
    match timeline.counts() {
        Counts::Averages => {
            " Drawn is the average of the seven days up to each; the values told are those of the day."
        }
        Counts::Areas | Counts::Bars => "",
    }
}

/// A count that was added up as a float.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are whole and not negative"
)]
pub(super) fn count_of(number: f64) -> String {
    count(number.max(0.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;

    #[test]
    fn what_is_on_no_day_shown_is_told_of() {
        let day = |number| Some(Date::constant(2025, 1, number));
        let timeline = Timeline::days(Date::constant(2025, 1, 1), Date::constant(2025, 1, 3));
        let counts = vec![
            (day(1), Word::Is("web".to_owned()), 5),
            (day(3), Word::None, 2),
            (day(9), Word::None, 7),
            (None, Word::Is("web".to_owned()), 1),
        ];
        let found = series_of(&counts, &timeline, "no channel");
        assert_eq!((found.outside, found.without_day), (7, 1));
        let names: Vec<&str> = found.series.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["web", "no channel"]);
        assert_eq!(found.series[0].values, [5.0, 0.0, 0.0]);
        let section = volume(&timeline, Some(&counts), None, None);
        assert_eq!(section.blocks.len(), 3);
    }
}
