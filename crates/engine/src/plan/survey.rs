//! When a stream's records begin and end and how dense they are, found out by some twenty windows: for a first plan, which
//! has nothing else to go by. One window says little of years.

use jiff::{SignedDuration, Timestamp};

use crate::numbers::ratio;

/// The records of a source over time, roughly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Survey {
    first: Timestamp,
    last: Timestamp,
    per_second: f64,
    /// How many windows were asked for.
    pub(crate) n_asked: u64,
}

/// What a window that was asked for shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Records on its first page.
    pub(crate) records: u64,
    /// True where the page was all there was.
    pub(crate) is_all: bool,
}

/// Halvings of the time that is asked for, at either end: they leave 1/128 of it.
const HALVINGS: u32 = 7;
/// Windows in which records are counted.
const SAMPLES: i32 = 4;
/// How often a sample is cut to a quarter because its page was not all.
const CUTS: u32 = 3;

impl Survey {
    /// Looks at a source through `ask`, which gives the first page of a window; `None` where one does not come.
    pub(crate) async fn of(
        begin: Timestamp,
        now: Timestamp,
        window: SignedDuration,
        mut ask: impl AsyncFnMut(Timestamp, Timestamp) -> Option<Seen>,
    ) -> Option<Self> {
        let mut n_asked = 1;
        let whole = ask(begin, now).await?;
        if whole.is_all {
            let per_second = ratio(whole.records, 1) / seconds(begin, now);
            return Some(Self { first: begin, last: now, per_second, n_asked });
        }
        let (mut first, mut last, mut within) = (begin, now, now);
        for _ in 0..HALVINGS {
            let middle = between(first, within, 1, 2);
            n_asked += 1;
            match ask(first, middle).await?.records {
                0 => first = middle,
                _ => within = middle,
            }
        }
        within = first;
        for _ in 0..HALVINGS {
            let middle = between(within, last, 1, 2);
            n_asked += 1;
            match ask(middle, last).await?.records {
                0 => last = middle,
                _ => within = middle,
            }
        }
        let mut density = 0.0;
        for sample in 0..SAMPLES {
            let from = between(first, last, 2 * sample + 1, 2 * SAMPLES);
            let mut until = from.checked_add(window).unwrap_or(last).min(last);
            for cut in 0..=CUTS {
                n_asked += 1;
                let seen = ask(from, until).await?;
                if seen.is_all || cut == CUTS {
                    density += ratio(seen.records, 1) / seconds(from, until);
                    break;
                }
                until = between(from, until, 1, 4);
            }
        }
        Some(Self { first, last, per_second: density / f64::from(SAMPLES), n_asked })
    }

    /// About how many records a stretch of time has.
    pub(crate) fn records(&self, from: Timestamp, until: Timestamp) -> f64 {
        let (from, until) = (from.max(self.first), until.min(self.last));
        if from < until { seconds(from, until) * self.per_second } else { 0.0 }
    }
}

fn seconds(from: Timestamp, until: Timestamp) -> f64 {
    until.duration_since(from).as_secs_f64().max(1.0)
}

/// The instant at this part of a stretch of time, to the second.
fn between(from: Timestamp, until: Timestamp, part: i32, of: i32) -> Timestamp {
    let way = until.duration_since(from).as_secs() / i64::from(of) * i64::from(part);
    from.checked_add(SignedDuration::from_secs(way)).unwrap_or(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// A source with so many records a day within a stretch of time, and pages of a thousand.
    fn survey(first: &str, last: &str, per_day: f64) -> Survey {
        let (first, last) = (at(first), at(last));
        let ask = async |from: Timestamp, until: Timestamp| {
            let (from, until) = (from.max(first), until.min(last));
            let days = until.duration_since(from).as_secs_f64().max(0.0) / 86_400.0;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
            let records = (days * per_day).round() as u64;
            Some(Seen { records: records.min(1_000), is_all: records < 1_000 })
        };
        let (begin, now) = (at("2020-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(Survey::of(begin, now, SignedDuration::from_hours(24), ask)).unwrap()
    }

    #[test]
    fn records_are_reckoned_within_a_half_wherever_they_lie() {
        let (begin, now) = (at("2020-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        for (first, last, per_day, n) in [
            ("2024-12-01T00:00:00Z", "2025-03-01T00:00:00Z", 120.0, 10_800.0),
            ("2020-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 50.0, 127_850.0),
            // Pages that are full within a day.
            ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 5_000.0, 1_825_000.0),
            // All of it on one page.
            ("2024-12-01T00:00:00Z", "2024-12-03T00:00:00Z", 50.0, 100.0),
        ] {
            let survey = survey(first, last, per_day);
            let reckoned = survey.records(begin, now);
            assert!((n / 1.5..n * 1.5).contains(&reckoned), "{first} to {last}: {reckoned} of {n}");
            assert!(survey.n_asked <= 1 + 2 * u64::from(HALVINGS) + 4 * 4, "{survey:?}");
        }
    }
}
