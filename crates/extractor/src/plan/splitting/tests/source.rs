//! Sources of simulated pulls: the times of their records, and how they answer.

use jiff::Timestamp;

use crate::envelope::RecordSeen;
use crate::plan::Window;

pub(super) const DAY: i64 = 86_400;

/// A source: the times of its records, and how it answers.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) times: Vec<i64>,
    pub(super) page: usize,
    pub(super) order: Order,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    OldestFirst,
    NewestFirst,
    None,
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

impl Source {
    /// The pages of a window, in the order of the source; one empty page where it holds no record.
    pub(super) fn pages(&self, window: Window) -> Vec<Vec<i64>> {
        let within = |time: &&i64| (window.from..window.until).contains(&at(**time));
        let mut times: Vec<i64> = self.times.iter().filter(within).copied().collect();
        match self.order {
            Order::OldestFirst => times.sort_unstable(),
            Order::NewestFirst => times.sort_unstable_by(|a, b| b.cmp(a)),
            Order::None => times.sort_unstable_by_key(|time| (time.wrapping_mul(2_654_435_761)) % 1_000_003),
        }
        let pages: Vec<Vec<i64>> = times.chunks(self.page).map(<[i64]>::to_vec).collect();
        if pages.is_empty() { vec![Vec::new()] } else { pages }
    }
}

/// The records of a page, as the cutter sees them.
pub(super) fn seen(page: &[i64]) -> Vec<RecordSeen> {
    let record = |time: &i64| RecordSeen {
        id: None,
        listed_at: Some(at(*time)),
        hash: String::new(),
        hash_as_sent: None,
    };
    page.iter().map(record).collect()
}

/// The second of the working day that a second of the whole day is moved to.
pub(super) fn by_day(second: i64) -> i64 {
    second - second % DAY + 8 * 3600 + (second % DAY) / 2
}

/// Days with their nights, over three months.
pub(super) fn days(n: i64, page: usize) -> Source {
    let times = (0..n).map(|number| by_day(number * 90 * DAY / n)).collect();
    Source { times, page, order: Order::OldestFirst }
}

/// Conversations of up to so many messages, one each 40 seconds, at any hour of the day, over three months.
pub(super) fn talks(n: i64, page: usize, longest: i64, seed: u64) -> Source {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut times = Vec::new();
    while times.len() < usize::try_from(n).unwrap() {
        let begins = random.i64(0..90) * DAY + 8 * 3600 + random.i64(0..DAY / 2);
        times.extend((0..random.i64(2..longest)).map(|message| begins + message * 40));
    }
    Source { times, page, order: Order::OldestFirst }
}

/// Conversations of one of three lengths, a fourth of the sources newest first, with 100 records a page.
pub(super) fn mixed_talks(n_pages: i64, seed: u64) -> Source {
    let longest = [38, 12, 82][usize::try_from(seed % 3).unwrap()];
    let order = if seed.is_multiple_of(4) { Order::NewestFirst } else { Order::OldestFirst };
    Source { order, ..talks(n_pages * 100, 100, longest, seed) }
}
