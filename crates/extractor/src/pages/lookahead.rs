//! How many pages of a numbered stream may be asked for at once. Pure.
//!
//! The number of the next page is known before the page is there, so where answers take their time several requests may
//! be under way. Two things speak against it, and set the limit:
//!
//! - **Requests past the end come to nothing.** So the number grows as full pages come and falls back to one with a page
//!   that is not full; it never exceeds what is left of the records that are expected, or of the time that is wanted; and
//!   all requests together are held below [`requests_allowed`].
//!
//! - **Records move while pages are walked.** One that comes in front pushes the others back. Asked for one after the other,
//!   pages then show some records twice and lose none. Asked for at once, a page may be answered before the push and the
//!   one in front of it after, and what was pushed from this one to that is on neither. It shows: somewhere between
//!   the walk's first page, which is there before any other is asked for, and the one that was answered late, a page
//!   repeats records of the page before it. So nothing is trusted that was asked for before a page came that repeats
//!   records ([`Lookahead::repeats`]), and the page itself only if all before it were there when it was asked for. With that a
//!   walk loses no more than one that asks for one page after the other: what is deleted before the place it has reached
//!   pulls records past it, and the next full walk finds them.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;

use crate::envelope::PageContent;
use crate::plan::{as_f64, count, requests_allowed};

/// Pages of one chain that are under way, or here and not yet taken. Each may be held, so this bounds memory too.
const UNDER_WAY_MAX: u32 = 16;
/// With each full page so many times as many requests may be under way.
const GROWTH: u32 = 4;
/// After a first page of which nobody knows whether it is full.
const AFTER_AN_UNSURE_PAGE: u32 = 2;
/// A page that repeats records repeats those of one of the last few.
const PAGES_REMEMBERED: usize = 32;

/// What is known beforehand of how far a walk will lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Foreseen {
    /// About so many records will come.
    pub records: Option<u64>,
    /// The list is newest first, and nothing is wanted from before this.
    pub until: Option<Timestamp>,
}

/// What pages have shown of those to come.
#[derive(Debug, Default)]
pub(crate) struct Lookahead {
    foreseen: Foreseen,
    /// Pages that were asked for, those that came to nothing included.
    n_asked: u64,
    pages: u64,
    records: u64,
    largest: u64,
    /// Requests that may be under way, going by how full pages are.
    ramp: u32,
    newest: Option<Timestamp>,
    oldest: Option<Timestamp>,
    /// The records of the last pages.
    recent: VecDeque<HashSet<u64>>,
}

impl Lookahead {
    pub(crate) fn foresee(&mut self, foreseen: Foreseen) {
        self.foreseen = foreseen;
    }

    /// Counts a page as asked for.
    pub(crate) fn asked(&mut self) {
        self.n_asked += 1;
    }

    /// Allows no request ahead until a page shows that records stand still.
    pub(crate) fn slow_down(&mut self) {
        self.ramp = 1;
    }

    /// Forgets what pages have shown: the walk begins anew.
    pub(crate) fn restart(&mut self) {
        *self = Self { foreseen: self.foreseen, n_asked: self.n_asked, ..Self::default() };
    }

    /// True where a page holds records of one of the last pages: records have moved, and what was asked for before it came
    /// is not to be trusted.
    pub(crate) fn repeats(&self, page: &PageContent) -> bool {
        let keys: HashSet<u64> = keys(page).collect();
        self.recent.iter().any(|earlier| !earlier.is_disjoint(&keys))
    }

    /// Takes the next page of the walk; `size` is what was asked for.
    pub(crate) fn take(&mut self, page: &PageContent, size: Option<u32>) {
        let n_records = count(page.record_count);
        let was_expected = self.is_more_expected();
        let is_repeated = self.repeats(page);
        if self.recent.len() == PAGES_REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(keys(page).collect());
        let is_full = match (self.pages, size) {
            (0, Some(size)) => n_records >= u64::from(size) || page.more == Some(true),
            (0, None) => page.more == Some(true),
            _ => n_records > 0 && n_records >= self.largest,
        };
        let is_unsure = self.pages == 0 && size.is_none() && n_records > 0;
        self.pages += 1;
        self.records = self.records.saturating_add(n_records);
        self.largest = self.largest.max(n_records);
        let times = || page.records.iter().filter_map(|record| record.listed_at);
        self.newest = self.newest.max(times().max());
        self.oldest = times().min().or(self.oldest);
        self.ramp = match () {
            // What is expected has come: whatever else there may be, it is little.
            () if is_repeated || was_expected && !self.is_more_expected() => 1,
            () if (is_full || is_unsure) && self.is_more_expected() => UNDER_WAY_MAX,
            () if is_full => self.ramp.max(1).saturating_mul(GROWTH).min(UNDER_WAY_MAX),
            () if is_unsure => AFTER_AN_UNSURE_PAGE,
            () => 1,
        };
    }

    /// True where one more page may be asked for while so many others are under way.
    pub(crate) fn may_ask(&self, n_under_way: usize) -> bool {
        let under_way = as_f64(count(n_under_way));
        let needed = as_f64(self.records) / as_f64(self.largest.max(1));
        // The empty page that shows the end is one of them.
        let is_affordable = as_f64(self.n_asked) + 2.0 <= requests_allowed(needed);
        under_way < f64::from(self.ramp).min(self.left()) && is_affordable
    }

    /// The pages that are left, as far as anybody knows.
    fn left(&self) -> f64 {
        let largest = as_f64(self.largest.max(1));
        let of_records = self.foreseen.records.filter(|_| self.is_more_expected());
        // After the last page of records comes an empty one.
        let of_records = of_records.map(|all| (as_f64(all - self.records) / largest).ceil() + 1.0);
        of_records.into_iter().chain(self.left_until()).fold(f64::INFINITY, f64::min)
    }

    /// The pages back to where the walk may end, if records lie further on as they did so far.
    fn left_until(&self) -> Option<f64> {
        let (newest, oldest) = (self.newest?, self.oldest?);
        let left = oldest.duration_since(self.foreseen.until?).as_secs_f64();
        let a_page = newest.duration_since(oldest).as_secs_f64() / as_f64(self.pages.max(1));
        // The last page is one that lies behind it as a whole.
        Some(1.0 + (left / a_page.max(1.0)).max(0.0).floor())
    }

    /// True where far fewer records have come than are expected: a page of them is missing, and a quarter of all. Fewer may be
    /// listed and gone, and are asked for by their ids.
    pub(crate) fn is_much_expected(&self) -> bool {
        self.foreseen.records.is_some_and(|all| {
            let missing = all.saturating_sub(self.records);
            missing >= self.largest.max(1) && missing.saturating_mul(4) >= all
        })
    }

    /// True where fewer records have come than are expected.
    pub(crate) fn is_more_expected(&self) -> bool {
        self.foreseen.records.is_some_and(|all| self.records < all)
    }
}

/// What tells records apart.
fn keys(page: &PageContent) -> impl Iterator<Item = u64> + '_ {
    page.records.iter().map(|record| {
        let mut hasher = DefaultHasher::new();
        record.id.as_ref().unwrap_or(&record.hash).hash(&mut hasher);
        hasher.finish()
    })
}

#[cfg(test)]
mod tests;
