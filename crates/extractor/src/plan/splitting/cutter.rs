//! Windows for cursor chains that run side by side, cut as the density of records shows. Pure.
//!
//! Nothing is known at first but the stretch of time. The first page of a window shows how dense it is: where far more
//! would follow than the other chains have left to do, the window is given back and cut into smaller ones. What order a
//! page's records stand in is a hint for cutting and nothing more: all windows together always cover the stretch, and
//! each is pulled to its end.
//!
//! Of a stretch of years nobody knows where its records begin. It is asked for as a whole at first: one request shows that
//! where it would take one for each window that turns out empty, and those would use up what may be wasted.
//!
//! A chain asks for one page after the other, each as late as the answer before it comes. So windows are cut the smaller
//! the less is left, and all chains end at about the same time. The last are so small that hardly one of them has a second
//! page, which all would wait for, as far as requests may be wasted on that.
//!
//! What a window costs beyond its records is the part of its last page that is empty. All requests together are held
//! below [`REQUESTS_FREE`] and 1.25 times what the records make necessary, come what may: see [`Cutter::to_spare`].

use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::gap::Gap;
use super::sample::Sample;
use crate::{RecordSeen, Window};

/// Requests that may be made whatever comes of them.
pub(crate) const REQUESTS_FREE: f64 = 10.0;
/// Requests that may be made for each page of records.
pub(crate) const REQUESTS_A_PAGE: f64 = 1.25;
/// What a window is reckoned to waste of what may be wasted, with some to spare for those that hold more than expected.
const WASTE_A_WINDOW: f64 = 1.2;
/// The most pages a window is cut for; a longer chain would be waited for at the end.
const PAGES_MAX: f64 = 8.0;
/// So much of a window's last page is left empty for records that lie closer than expected.
const MARGIN: f64 = 0.35;
/// Windows are cut for so many times the pages that each chain would have of all that is left: others are still under way,
/// and each further window is half a page wasted.
const SHARES: f64 = 1.4;
/// Where less than this part of a page is left for each chain, the last windows are cut.
const LAST_SHARE: f64 = 0.4;
/// The least part of a page that one of them is cut for.
const LAST_LEAST: f64 = 0.2;
/// Pages of records that are looked at to tell how close records lie.
const PAGES_KNOWN: f64 = 4.0;
/// A window that holds no more pages beyond its first is never worth giving back.
const PAGES_KEPT: f64 = 3.0;
/// A chain may be so many times as long as the others on average: what a first page shows is often an hour's rush.
const LONGER: f64 = 2.0;
/// And no longer than this part of all that is left.
const SHARE_MAX: f64 = 0.75;
/// A stretch of so many windows as the stream names is asked for as a whole at first, where nothing is known of it.
const WINDOWS_PROBED: i64 = 120;
/// A shorter one, of so many windows, is cut before anything is known of it.
const WINDOWS_BLIND: i64 = 30;
/// Into so many parts.
const PARTS_BLIND: i64 = 8;
/// What is known of a stretch has to reach over this part of it to be taken for all of it.
const REACH: f64 = 1.0 / 8.0;

/// What is left to be pulled of a stretch of time, and in which windows.
#[derive(Debug)]
pub struct Cutter {
    gaps: VecDeque<Gap>,
    open: BTreeMap<Window, Open>,
    /// What pages have shown, by the window they are of.
    seen: BTreeMap<Window, Seen>,
    /// The length of a window where nothing is known.
    blind: Option<SignedDuration>,
    /// A longer stretch of which nothing is known is asked for as a whole.
    probed_from: i64,
    /// What an empty window has shown: the next is so many times as long.
    growth: u32,
    /// As many chains as the pace has room for, the newest counting most.
    chains: f64,
    largest_page: u64,
    /// True once a page has led on: before that, none is known to be full.
    has_led_on: bool,
    /// Pages asked for.
    pages: u64,
    /// Records that are not asked for again.
    records: u64,
}

/// A window that is being pulled.
#[derive(Debug, Clone, Copy)]
struct Open {
    pages: u64,
    records: u64,
    /// The pages it is expected to have.
    expected: Option<f64>,
    /// True where it was opened to see what there is.
    is_probe: bool,
    /// Before this there may be nothing, as a page has shown.
    first: Timestamp,
}

/// So many records in a stretch of time.
#[derive(Debug, Clone, Copy)]
struct Seen {
    from: Timestamp,
    until: Timestamp,
    records: u64,
    /// The time in which so many are expected elsewhere.
    seconds: f64,
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
        Self {
            gaps: gaps.into_iter().map(Gap::unknown).collect(),
            open: BTreeMap::new(),
            seen: BTreeMap::new(),
            blind: is_long.then(|| SignedDuration::from_secs((seconds / PARTS_BLIND).max(1))),
            probed_from: window.as_secs().saturating_mul(WINDOWS_PROBED),
            growth: 1,
            chains: 1.0,
            largest_page: 1,
            has_led_on: false,
            pages: 0,
            records: 0,
        }
    }

    /// The next window, where there is one to be opened while `n_open` are, with it. None also where it is better to wait
    /// until another window ends.
    pub fn next(&mut self, n_open: usize) -> Option<Window> {
        self.chains = as_f64(count(n_open)).max(0.9 * self.chains);
        let gap = self.gaps.pop_front()?;
        // The window itself, and one more for what it is cut off from.
        let may_cut = self.to_spare() >= 2.0;
        if !may_cut && n_open > 1 && !self.one_is_enough() && self.may_be_long(&gap) {
            self.gaps.push_front(gap);
            return None;
        }
        let is_probe = self.is_to_be_probed(&gap);
        let length = self.length(&gap).filter(|_| !is_probe && (may_cut || gap.is_given_back));
        let is_shared = !self.one_is_enough();
        let cut = length.and_then(|length| gap.cut(length, is_shared));
        let (window, rest) = match (cut, gap.is_from_end) {
            (None, _) => (gap.window, None),
            (Some(cut), false) => {
                (Window { until: cut, ..gap.window }, Some(Window { from: cut, ..gap.window }))
            }
            (Some(cut), true) => {
                (Window { from: cut, ..gap.window }, Some(Window { until: cut, ..gap.window }))
            }
        };
        if let Some(window) = rest {
            let first = if gap.is_from_end { gap.first } else { window.from };
            self.gaps.push_front(Gap { window, first, is_given_back: false, ..gap });
        }
        let first = gap.first.clamp(window.from, window.until);
        self.open.insert(window, Open { pages: 0, records: 0, expected: None, is_probe, first });
        Some(window)
    }

    /// True where windows are left that were not opened.
    pub fn has_more(&self) -> bool {
        !self.gaps.is_empty()
    }

    /// Takes the first page of a window. `leads_on` is true where more pages follow.
    pub fn first_page(&mut self, window: Window, records: &[RecordSeen], leads_on: bool) -> Cut {
        self.page(window, records.len(), leads_on);
        self.growth = if records.is_empty() && !leads_on { self.growth.saturating_mul(2) } else { 1 };
        let is_probe = self.open.get(&window).is_some_and(|open| open.is_probe);
        let Some(sample) = Sample::of(records, window).filter(|_| leads_on) else { return Cut::Keep };
        let n_records = count(records.len());
        if is_probe && sample.order.is_none() {
            // Nothing is known of it now but that there is much: it is cut blindly.
            self.give_back(window, n_records, Gap::unknown(window));
            return Cut::Back;
        }
        // A page from the midst of a rush says little of what comes after it: what was known before counts as much.
        let known = self.density(window, 0.0, None).unwrap_or(sample.density());
        let density = (known * sample.density()).sqrt();
        let seconds = as_f64(n_records) / density;
        self.seen
            .insert(window, Seen { from: sample.first, until: sample.last, records: n_records, seconds });
        let left = density * sample.seconds_left(window) / self.page_records();
        if let Some(open) = self.open.get_mut(&window) {
            open.expected = Some(1.0 + left);
        }
        // Its records come again with the windows it is cut into.
        let lost = REQUESTS_A_PAGE * as_f64(n_records) / self.page_records();
        // Times are often whole seconds: what is shorter than a few is not cut.
        let is_long = is_probe && left > PAGES_KEPT || self.is_longer(left, self.pages_left());
        if window.seconds() < 4 || !is_long || self.to_spare() - lost < 1.0 {
            return Cut::Keep;
        }
        let is_oldest_first = sample.order == Some(Ordering::Less);
        let first = if is_oldest_first { sample.first } else { window.from };
        let gap = Gap { first, part_of: Some(window), is_from_end: !is_oldest_first, ..Gap::unknown(window) };
        self.give_back(window, n_records, gap);
        Cut::Back
    }

    fn give_back(&mut self, window: Window, n_records: u64, gap: Gap) {
        self.open.remove(&window);
        self.records = self.records.saturating_sub(n_records);
        self.gaps.push_front(Gap { is_given_back: true, ..gap });
        self.gaps.make_contiguous().sort_by_key(|gap| gap.window);
    }

    /// True for a long stretch of which nothing is known.
    fn is_to_be_probed(&self, gap: &Gap) -> bool {
        let is_long = gap.window.seconds() > self.probed_from;
        is_long && !gap.is_given_back && gap.part_of.is_none() && self.seen.is_empty()
    }

    /// Takes another page of a window.
    pub fn page(&mut self, window: Window, n_records: usize, leads_on: bool) {
        let n_records = count(n_records);
        self.largest_page = self.largest_page.max(n_records);
        self.has_led_on |= leads_on;
        self.pages += 1;
        self.records = self.records.saturating_add(n_records);
        let Some(open) = self.open.get_mut(&window) else { return };
        open.pages += 1;
        open.records += n_records;
        if !leads_on {
            let (records, from) = (open.records, open.first);
            // What the first page of a window that was cut has shown is now known better.
            self.seen.retain(|other, _| !other.holds(&window));
            let seconds = seconds_between(from, window.until).max(1.0);
            self.seen.insert(window, Seen { from, until: window.until, records, seconds });
            self.open.remove(&window);
        }
    }

    /// How many requests may still come to nothing, where each open window and each gap wastes the one it is bound to.
    fn to_spare(&self) -> f64 {
        let needed = if self.has_led_on { as_f64(self.records) / self.page_records() } else { 0.0 };
        let bound = as_f64(self.pages + count(self.open.len()) + count(self.gaps.len()));
        REQUESTS_FREE + REQUESTS_A_PAGE * needed - bound
    }

    fn length(&self, gap: &Gap) -> Option<SignedDuration> {
        let at = if gap.is_from_end { gap.window.until } else { gap.first };
        let at = Window { from: at, until: at };
        let Some(density) = self.density(at, 0.0, gap.part_of) else {
            return Some(self.blind?.saturating_mul(i32::try_from(self.growth).unwrap_or(i32::MAX)));
        };
        let seconds = self.pages_of_next(gap) * self.page_records() / density;
        let length = SignedDuration::try_from_secs_f64(seconds).ok()?;
        // A window of no length would never come to an end.
        Some(length.max(SignedDuration::from_secs(1)))
    }

    /// The pages the next window shall have: many at first, few towards the end, so that all chains end together.
    fn pages_of_next(&self, gap: &Gap) -> f64 {
        if !self.has_led_on {
            // No page was full so far: the next may well be larger.
            return 2.0;
        }
        let gaps = self.gaps.iter().chain([gap]);
        let left: f64 = gaps.filter_map(|gap| self.expected(gap)).sum();
        // Of the windows that are open each wastes half a page, as it turns out.
        let may_waste =
            self.to_spare() - 1.0 + as_f64(count(self.open.len())) / 2.0 + (REQUESTS_A_PAGE - 1.0) * left;
        let affordable = WASTE_A_WINDOW * left / may_waste.max(0.1);
        if !self.one_is_enough() && left < LAST_SHARE * self.chains {
            return (affordable - MARGIN).clamp(LAST_LEAST, 1.0 - MARGIN);
        }
        let pages = (SHARES * left / self.chains).max(affordable).clamp(1.0, PAGES_MAX);
        if self.one_is_enough() { pages } else { pages.floor() - MARGIN }
    }

    /// True where answers come so fast that one chain uses the pace up: nobody waits for its last page.
    fn one_is_enough(&self) -> bool {
        self.chains < 1.5
    }

    /// True where nobody knows better than that one chain would be waited for.
    fn may_be_long(&self, gap: &Gap) -> bool {
        self.expected(gap).is_none_or(|pages| pages > PAGES_KEPT)
    }

    fn is_longer(&self, pages: f64, pages_left: f64) -> bool {
        let share = (LONGER / self.chains).min(SHARE_MAX);
        !self.one_is_enough() && pages > PAGES_KEPT.max(share * pages_left)
    }

    /// The pages that are expected to come, of gaps and of open windows.
    fn pages_left(&self) -> f64 {
        let gaps = self.gaps.iter().filter_map(|gap| self.expected(gap));
        let of_open = |(window, open): (&Window, &Open)| {
            let expected = open.expected.or_else(|| self.pages_in(*window, None)).unwrap_or_default();
            (expected - as_f64(open.pages)).max(0.5)
        };
        gaps.sum::<f64>() + self.open.iter().map(of_open).sum::<f64>()
    }

    fn expected(&self, gap: &Gap) -> Option<f64> {
        self.pages_in(Window { from: gap.first, until: gap.window.until }, gap.part_of)
    }

    /// The pages of a stretch of time. To be taken for all of a long one, what is known has to reach far; but within a
    /// window that was given back, it is enough that it was.
    fn pages_in(&self, stretch: Window, part_of: Option<Window>) -> Option<f64> {
        let seconds = seconds_between(stretch.from, stretch.until).max(0.0);
        let reach = if part_of.is_some() { 0.0 } else { seconds * REACH };
        Some(self.density(stretch, reach, part_of)? * seconds / self.page_records())
    }

    /// Records a second around a stretch: in what was seen nearest to it, of some pages and so many seconds at least.
    fn density(&self, around: Window, reach_seconds: f64, part_of: Option<Window>) -> Option<f64> {
        let counts = |(window, _): &(&Window, &Seen)| part_of.is_none_or(|whole| whole.holds(window));
        let pivot = Window { from: around.from, until: Timestamp::MIN };
        let mut before = self.seen.range(..pivot).rev().filter(counts).map(|(_, seen)| *seen).peekable();
        let mut after = self.seen.range(pivot..).filter(counts).map(|(_, seen)| *seen).peekable();
        let far = |seen: Option<&Seen>| {
            let away = |seen: &Seen| {
                let gap = around.from.duration_since(seen.until).max(seen.from.duration_since(around.until));
                gap.max(SignedDuration::ZERO)
            };
            seen.map_or(SignedDuration::MAX, away)
        };
        let (mut records, mut seconds) = (0.0, 0.0);
        loop {
            let is_before = far(before.peek()) <= far(after.peek());
            let nearest = if is_before { before.next() } else { after.next() };
            let Some(nearest) = nearest else { break };
            records += as_f64(nearest.records);
            seconds += nearest.seconds;
            if records >= PAGES_KNOWN * self.page_records() && seconds >= reach_seconds {
                break;
            }
        }
        (records > 0.0).then(|| records / seconds)
    }

    fn page_records(&self) -> f64 {
        as_f64(self.largest_page)
    }
}

fn seconds_between(from: Timestamp, until: Timestamp) -> f64 {
    until.duration_since(from).as_secs_f64()
}

impl Window {
    pub(crate) fn seconds(&self) -> i64 {
        self.until.duration_since(self.from).as_secs()
    }
}

pub(super) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "estimates need no more digits than a double has")]
pub(crate) fn as_f64(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
