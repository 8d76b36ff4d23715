//! Which window is opened next, and which is given back.

use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::blind::BlindSplit;
use super::density::{DensityMap, Observation};
use super::first_page::Sample;
use super::forecast::{Forecast, seconds_between};
use super::gap::{End, Gap, Remainder};
use super::ledger::Ledger;
use super::sizing::Sizing;
use super::tuning::Tuning;
use crate::envelope::RecordSeen;
use crate::plan::allowance::REQUESTS_PER_PAGE;
use crate::plan::{Window, as_f64, count};

/// Record times are often whole seconds, so a shorter window is not given back.
const GIVEN_BACK_SECONDS_MIN: i64 = 4;
/// An open window has this part of a page left at least, and wastes as much of its last page on average.
const HALF_A_PAGE: f64 = 0.5;

/// What is left to be pulled of a stretch of time, and in which windows.
#[derive(Debug)]
pub struct Cutter {
    tuning: Tuning,
    /// The stretches that no window covers yet, oldest first.
    gaps: VecDeque<Gap>,
    open: BTreeMap<Window, OpenWindow>,
    densities: DensityMap,
    ledger: Ledger,
    sizing: Sizing,
    blind: BlindSplit,
    /// The length of windows that the stream names: the source takes these at least.
    named: SignedDuration,
    /// The longest window that the source is known to take; `None` while it has turned none down.
    longest: Option<SignedDuration>,
}

/// A window that is being pulled.
#[derive(Debug, Clone, Copy)]
struct OpenWindow {
    pages: u64,
    records: u64,
    /// The pages it is expected to have.
    expected: Option<f64>,
    /// True where it was opened to see what there is.
    is_probe: bool,
    /// Before this there may be nothing, as a page has shown.
    first: Timestamp,
}

/// What is to become of a window of which a page came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It goes on.
    Keep,
    /// It was given back, to be split: its chain ends here.
    Back,
}

impl Cutter {
    /// A cutter of these stretches, for a stream that names so long a window.
    pub fn new(gaps: Vec<Window>, window: SignedDuration) -> Self {
        Self::with_tuning(gaps, window, Tuning::default())
    }

    pub(super) fn with_tuning(gaps: Vec<Window>, window: SignedDuration, tuning: Tuning) -> Self {
        let seconds: i64 = gaps.iter().map(|gap| gap.seconds()).sum();
        Self {
            tuning,
            gaps: gaps.into_iter().map(Gap::unknown).collect(),
            open: BTreeMap::new(),
            densities: DensityMap::default(),
            ledger: Ledger::new(),
            sizing: Sizing::new(tuning),
            blind: BlindSplit::new(seconds, window, tuning),
            named: window,
            longest: None,
        }
    }

    /// Opens no longer windows than this, as an earlier run has learnt with [`Cutter::longest`].
    #[must_use]
    pub fn with_longest(mut self, longest: Option<SignedDuration>) -> Self {
        self.longest = longest.map(|longest| longest.max(self.named));
        self
    }

    /// The longest window that the source is known to take; `None` while it has turned none down.
    pub fn longest(&self) -> Option<SignedDuration> {
        self.longest
    }

    /// Takes a window back that the source has turned down for its length. It is opened in halves, and so are all others
    /// that are as long, down to the length that the stream names. False where it is no longer than that, and stays closed.
    pub fn refuse(&mut self, window: Window) -> bool {
        let length = window.until.duration_since(window.from);
        let least = self.named.max(SignedDuration::from_secs(1));
        if length <= least {
            return false;
        }
        let half = SignedDuration::from_secs((length / 2).as_secs()).max(least);
        self.longest = Some(self.longest.map_or(half, |known| known.min(half)));
        self.open.remove(&window);
        self.gaps.push_front(Gap { is_given_back: true, ..Gap::unknown(window) });
        self.gaps.make_contiguous().sort_by_key(|gap| gap.window);
        true
    }

    /// The next window, where there is one to be opened while `n_open` are, with it. None also where it is better to wait
    /// until another window ends.
    pub fn next(&mut self, n_open: usize) -> Option<Window> {
        self.sizing.observe_open(n_open);
        let gap = self.gaps.pop_front()?;
        let is_sequential = self.sizing.is_sequential();
        // The window itself, and one more for what it is split off from.
        let may_split = self.spare_requests() >= 2.0;
        if !may_split && n_open > 1 && !is_sequential && self.may_be_long(&gap) {
            self.gaps.push_front(gap);
            return None;
        }
        let is_probe = self.is_to_be_probed(&gap);
        let length = self.length(&gap).filter(|_| !is_probe && (may_split || gap.is_given_back));
        let remainder = if is_sequential { Remainder::Joined } else { Remainder::Halved };
        let (window, rest) = match self.longest.filter(|longest| gap.is_longer_than(*longest)) {
            Some(longest) => gap.take_at_most(longest.min(length.unwrap_or(longest))),
            None => gap.take(length, remainder),
        };
        if let Some(rest) = rest {
            self.gaps.push_front(rest);
        }
        let first = gap.first.clamp(window.from, window.until);
        self.open.insert(window, OpenWindow { pages: 0, records: 0, expected: None, is_probe, first });
        Some(window)
    }

    /// True where windows are left that were not opened.
    pub fn has_more(&self) -> bool {
        !self.gaps.is_empty()
    }

    /// Takes the first page of a window. `leads_on` is true where more pages follow.
    pub fn first_page(&mut self, window: Window, records: &[RecordSeen], leads_on: bool) -> Cut {
        self.page(window, records.len(), leads_on);
        match records.is_empty() && !leads_on {
            true => self.blind.grow(),
            false => self.blind.reset(),
        }
        let is_probe = self.open.get(&window).is_some_and(|open| open.is_probe);
        let Some(sample) = Sample::of(records, window).filter(|_| leads_on) else { return Cut::Keep };
        let n_records = count(records.len());
        if is_probe && sample.order.is_none() {
            // It shows that there is much, but not where: the stretch is split blindly.
            return self.give_back(window, n_records, Gap::unknown(window));
        }
        // A page from the midst of a rush says little of what comes after it: what was known before counts as much.
        let known = self.forecast().density(window, None).unwrap_or(sample.density());
        let density = (known * sample.density()).sqrt();
        let (from, until, seconds) = (sample.first, sample.last, as_f64(n_records) / density);
        let observation = Observation { from, until, records: n_records, seconds };
        self.densities.observe_first_page(window, observation);
        let left = density * sample.seconds_left(window) / self.ledger.page_records();
        if let Some(open) = self.open.get_mut(&window) {
            open.expected = Some(1.0 + left);
        }
        // Its records come again with the windows it is split into.
        let lost = REQUESTS_PER_PAGE * as_f64(n_records) / self.ledger.page_records();
        let is_long =
            is_probe && left > self.tuning.pages_kept || self.sizing.is_too_long(left, self.pages_left());
        if window.seconds() < GIVEN_BACK_SECONDS_MIN || !is_long || self.spare_requests() - lost < 1.0 {
            return Cut::Keep;
        }
        let (first, taken_from) = match sample.order {
            Some(Ordering::Less) => (sample.first, End::Oldest),
            _ => (window.from, End::Newest),
        };
        let gap = Gap { first, part_of: Some(window), taken_from, ..Gap::unknown(window) };
        self.give_back(window, n_records, gap)
    }

    /// Takes another page of a window.
    pub fn page(&mut self, window: Window, n_records: usize, leads_on: bool) {
        self.ledger.add_page(n_records, leads_on);
        let Some(open) = self.open.get_mut(&window) else { return };
        open.pages += 1;
        open.records += count(n_records);
        if !leads_on {
            let (records, from, until) = (open.records, open.first, window.until);
            let seconds = seconds_between(from, until).max(1.0);
            self.densities.observe_whole(window, Observation { from, until, records, seconds });
            self.open.remove(&window);
        }
    }

    fn give_back(&mut self, window: Window, n_records: u64, gap: Gap) -> Cut {
        self.open.remove(&window);
        self.ledger.give_back(n_records);
        self.gaps.push_front(Gap { is_given_back: true, ..gap });
        self.gaps.make_contiguous().sort_by_key(|gap| gap.window);
        Cut::Back
    }

    /// How many requests may still come to nothing, where each open window and each gap wastes the one it is bound to.
    fn spare_requests(&self) -> f64 {
        self.ledger.spare_requests(self.open.len() + self.gaps.len())
    }

    /// True for a long stretch of which nothing is known.
    fn is_to_be_probed(&self, gap: &Gap) -> bool {
        let is_unknown = !gap.is_given_back && gap.part_of.is_none() && self.densities.is_empty();
        is_unknown && self.blind.is_probed(gap.window)
    }

    /// True where nobody knows better than that one chain would be waited for.
    fn may_be_long(&self, gap: &Gap) -> bool {
        self.forecast().pages_of(gap).is_none_or(|pages| pages > self.tuning.pages_kept)
    }

    /// The length of the next window of a gap; `None` for all of it.
    fn length(&self, gap: &Gap) -> Option<SignedDuration> {
        let at = if gap.taken_from == End::Newest { gap.window.until } else { gap.first };
        let at = Window { from: at, until: at };
        let Some(density) = self.forecast().density(at, gap.part_of) else { return self.blind.length() };
        let seconds = self.pages_of_next(gap) * self.ledger.page_records() / density;
        let length = SignedDuration::try_from_secs_f64(seconds).ok()?;
        // A window of no length would never come to an end.
        Some(length.max(SignedDuration::from_secs(1)))
    }

    /// The pages the next window of a gap shall have.
    fn pages_of_next(&self, gap: &Gap) -> f64 {
        let left: f64 = self.gaps.iter().chain([gap]).filter_map(|gap| self.forecast().pages_of(gap)).sum();
        let of_open = as_f64(count(self.open.len())) * HALF_A_PAGE;
        let spare_requests = self.spare_requests() - 1.0 + of_open + (REQUESTS_PER_PAGE - 1.0) * left;
        self.sizing.pages_of_next(self.ledger.knows_full_page().then_some(left), spare_requests)
    }

    /// The pages that are expected to come, of gaps and of open windows.
    fn pages_left(&self) -> f64 {
        let forecast = self.forecast();
        let gaps = self.gaps.iter().filter_map(|gap| forecast.pages_of(gap));
        let of_open = |(window, open): (&Window, &OpenWindow)| {
            let expected = open.expected.or_else(|| forecast.pages_in(*window, None)).unwrap_or_default();
            (expected - as_f64(open.pages)).max(HALF_A_PAGE)
        };
        gaps.sum::<f64>() + self.open.iter().map(of_open).sum::<f64>()
    }

    fn forecast(&self) -> Forecast<'_> {
        let page_records = self.ledger.page_records();
        Forecast { densities: &self.densities, page_records, tuning: self.tuning }
    }
}
