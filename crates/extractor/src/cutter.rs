//! Windows for cursor chains that run side by side, cut as the density of records shows. Pure.
//!
//! Nothing is known at first but the stretch of time. The first page of a window shows how dense it is: where many
//! more would follow, the window is given back and cut into smaller ones, for which several chains run at once. What
//! order a page's records stand in is a hint for cutting and nothing more: all windows together always cover the
//! stretch, and each is pulled to its end.
//!
//! Each window costs at most one page that is not full, so their number is bounded by what has been served: see
//! [`Cutter::may_open`].

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::{RecordSeen, Window};

/// Windows that may be opened whatever comes of them. With the page they may each waste, requests stay below ten more
/// than the records make necessary.
const WINDOWS_FREE: u64 = 8;
/// Full pages that allow for another window: their quarter, but for the windows that are opened for good.
const PAGES_A_WINDOW: u64 = 4;
/// The most pages a window is cut for; a longer chain would be waited for at the end.
const PAGES_MAX: f64 = 8.0;
/// A stretch of so many windows as the stream names is cut before anything is known of it.
const WINDOWS_BLIND: i64 = 30;

/// What is left to be pulled of a stretch of time, and in which windows.
#[derive(Debug)]
pub struct Cutter {
    gaps: VecDeque<Gap>,
    /// The length of a window where nothing is known.
    blind: Option<SignedDuration>,
    /// Records a second.
    density: Option<f64>,
    /// What an empty window has shown: the next is so many times as long.
    growth: u32,
    largest_page: u64,
    records: u64,
    opened: u64,
}

/// A stretch that no window covers yet.
#[derive(Debug, Clone, Copy)]
struct Gap {
    window: Window,
    /// Before this there may be nothing, as a page has shown.
    first: Timestamp,
    /// True where it was opened as it is already.
    is_given_back: bool,
}

/// What is to become of a window of which a page came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It goes on.
    Keep,
    /// It was given back, to be cut: its chain ends here.
    Back,
}

impl Cutter {
    /// A cutter of these stretches, for a stream that names so long a window.
    pub fn new(gaps: Vec<Window>, window: SignedDuration) -> Self {
        let seconds: i64 = gaps.iter().map(|gap| gap.seconds()).sum();
        let is_long = seconds > window.as_secs().saturating_mul(WINDOWS_BLIND);
        let parts = i64::try_from(WINDOWS_FREE).unwrap_or(1);
        Self {
            gaps: gaps
                .into_iter()
                .map(|window| Gap { window, first: window.from, is_given_back: false })
                .collect(),
            blind: is_long.then(|| SignedDuration::from_secs((seconds / parts).max(1))),
            density: None,
            growth: 1,
            largest_page: 1,
            records: 0,
            opened: 0,
        }
    }

    /// The next window, where there is one to be opened while `n_open` are.
    pub fn next(&mut self, n_open: usize) -> Option<Window> {
        let gap = self.gaps.pop_front()?;
        self.opened += 1;
        let until = match self.length(n_open, gap) {
            Some(length) if gap.is_given_back || self.may_open() => {
                let until = whole_second(gap.first.saturating_add(length).unwrap_or(Timestamp::MAX));
                let rest = gap.window.until.duration_since(until);
                // A rest that is not worth a window of its own goes with it, but what was given back is cut.
                match rest > length / 2 {
                    true => until,
                    false if gap.is_given_back => gap.window.middle(),
                    false => gap.window.until,
                }
            }
            _ => gap.window.until,
        };
        let until = if until > gap.window.from { until } else { gap.window.until };
        if until < gap.window.until {
            let window = Window { from: until, until: gap.window.until };
            self.gaps.push_front(Gap { window, first: until, is_given_back: false });
        }
        Some(Window { from: gap.window.from, until })
    }

    /// True where [`Cutter::next`] has another window.
    pub fn has_more(&self) -> bool {
        !self.gaps.is_empty()
    }

    /// Takes the first page of a window, while `n_open` are open. `leads_on` is true where more pages follow.
    pub fn first_page(
        &mut self,
        window: Window,
        records: &[RecordSeen],
        leads_on: bool,
        n_open: usize,
    ) -> Cut {
        self.page(records.len());
        let sample = Sample::of(records, window);
        if let Some(sample) = &sample {
            self.density = Some(sample.density());
        }
        self.growth = if records.is_empty() && !leads_on { self.growth.saturating_mul(2) } else { 1 };
        // Times are often whole seconds: what is shorter than a few is not cut.
        let is_long = window.seconds() >= 4;
        let Some(sample) = sample.filter(|_| is_long && leads_on && self.may_open()) else {
            return Cut::Keep;
        };
        let left = sample.density() * sample.seconds_left(window) / as_f64(self.largest_page);
        if left < (2.0 * self.pages(n_open, None)).max(3.0) {
            return Cut::Keep;
        }
        let is_oldest_first = sample.order == Some(std::cmp::Ordering::Less);
        let first = if is_oldest_first { sample.first } else { window.from };
        self.gaps.push_front(Gap { window, first, is_given_back: true });
        self.gaps.make_contiguous().sort_by_key(|gap| gap.window);
        Cut::Back
    }

    /// Takes another page of a window.
    pub fn page(&mut self, n_records: usize) {
        let n_records = u64::try_from(n_records).unwrap_or(u64::MAX);
        self.largest_page = self.largest_page.max(n_records);
        self.records = self.records.saturating_add(n_records);
    }

    /// True where one more window keeps requests below 1.25 times what the records make necessary, and ten.
    fn may_open(&self) -> bool {
        self.opened < WINDOWS_FREE + self.records / self.largest_page / PAGES_A_WINDOW
    }

    fn length(&self, n_open: usize, gap: Gap) -> Option<SignedDuration> {
        let length = match self.density {
            None => self.blind?,
            Some(density) => {
                let seconds = self.pages(n_open, Some(gap)) * as_f64(self.largest_page) / density;
                SignedDuration::try_from_secs_f64(seconds).ok()?
            }
        };
        // A window of no length would never come to an end.
        Some(
            length
                .max(SignedDuration::from_secs(1))
                .saturating_mul(i32::try_from(self.growth).unwrap_or(i32::MAX)),
        )
    }

    /// The pages the next window shall have: many at first, few towards the end, so that all chains end together.
    fn pages(&self, n_open: usize, taken: Option<Gap>) -> f64 {
        let gaps = self.gaps.iter().chain(&taken);
        let seconds: i64 = gaps.map(|gap| gap.window.until.duration_since(gap.first).as_secs()).sum();
        let left =
            self.density.unwrap_or_default() * as_f64(seconds.unsigned_abs()) / as_f64(self.largest_page);
        let chains = as_f64(u64::try_from(n_open).unwrap_or(u64::MAX).max(1));
        (left / (2.0 * chains)).clamp(1.0, PAGES_MAX)
    }
}

fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

impl Window {
    fn middle(&self) -> Timestamp {
        let half = self.until.duration_since(self.from) / 2;
        whole_second(self.from.saturating_add(half).unwrap_or(self.until))
    }

    pub(crate) fn seconds(&self) -> i64 {
        self.until.duration_since(self.from).as_secs()
    }
}

/// What the times on a page show.
#[derive(Debug)]
struct Sample {
    n: f64,
    first: Timestamp,
    last: Timestamp,
    /// Oldest first, newest first, or neither.
    order: Option<std::cmp::Ordering>,
}

impl Sample {
    /// `None` for fewer than two times within the window.
    fn of(records: &[RecordSeen], window: Window) -> Option<Self> {
        let within = |at: &Timestamp| (window.from..=window.until).contains(at);
        let times: Vec<Timestamp> =
            records.iter().filter_map(|record| record.listed_at).filter(within).collect();
        let (first, last) = (times.iter().min().copied()?, times.iter().max().copied()?);
        if times.len() < 2 || first == last {
            return None;
        }
        let order = match () {
            () if times.is_sorted() => Some(std::cmp::Ordering::Less),
            () if times.is_sorted_by(|a, b| a >= b) => Some(std::cmp::Ordering::Greater),
            () => None,
        };
        Some(Self { n: as_f64(u64::try_from(times.len()).unwrap_or(u64::MAX)), first, last, order })
    }

    fn density(&self) -> f64 {
        self.n / self.last.duration_since(self.first).as_secs_f64().max(1.0)
    }

    /// The time of the window that the page says nothing of. Where its records stand in no order they may be from
    /// anywhere, and nothing can be told.
    fn seconds_left(&self, window: Window) -> f64 {
        match self.order {
            Some(std::cmp::Ordering::Less) => window.until.duration_since(self.last).as_secs_f64(),
            Some(_) => self.first.duration_since(window.from).as_secs_f64(),
            None => 0.0,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "estimates need no more digits than a double has")]
fn as_f64(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
