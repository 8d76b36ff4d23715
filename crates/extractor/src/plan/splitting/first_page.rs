//! What the times of the records on a window's first page show.

use std::cmp::Ordering;

use jiff::Timestamp;

use crate::envelope::RecordSeen;
use crate::plan::{Window, as_f64, count};

/// The times of the records on a page.
#[derive(Debug)]
pub(super) struct Sample {
    /// The number of times within the window.
    n: f64,
    /// The earliest.
    pub(super) first: Timestamp,
    /// The latest.
    pub(super) last: Timestamp,
    /// `Less` for oldest first, `Greater` for newest first, `None` for neither.
    pub(super) order: Option<Ordering>,
}

impl Sample {
    /// `None` for fewer than two times within the window.
    pub(super) fn of(records: &[RecordSeen], window: Window) -> Option<Self> {
        let within = |at: &Timestamp| (window.from..=window.until).contains(at);
        let times: Vec<Timestamp> =
            records.iter().filter_map(|record| record.listed_at).filter(within).collect();
        let (first, last) = (times.iter().min().copied()?, times.iter().max().copied()?);
        if times.len() < 2 || first == last {
            return None;
        }
        let order = match () {
            () if times.is_sorted() => Some(Ordering::Less),
            () if times.is_sorted_by(|a, b| a >= b) => Some(Ordering::Greater),
            () => None,
        };
        Some(Self { n: as_f64(count(times.len())), first, last, order })
    }

    /// Records a second between the earliest and the latest.
    pub(super) fn density(&self) -> f64 {
        self.n / self.last.duration_since(self.first).as_secs_f64().max(1.0)
    }

    /// The seconds of the window that lie behind the page. Where its records stand in no order they may be from anywhere,
    /// and 0 stands for what nobody knows.
    pub(super) fn seconds_left(&self, window: Window) -> f64 {
        match self.order {
            Some(Ordering::Less) => window.until.duration_since(self.last).as_secs_f64(),
            Some(_) => self.first.duration_since(window.from).as_secs_f64(),
            None => 0.0,
        }
    }
}
