//! Windows for cursor chains that run side by side, cut as the density of records shows. Pure.
//!
//! Nothing is known at first but the stretch of time. The first page of a window shows how dense it is: where far more
//! would follow than the other chains have left to do, the window is given back and cut into smaller ones. What order a
//! page's records stand in is a hint for cutting and nothing more: all windows together always cover the stretch, and
//! each is pulled to its end.
//!
//! A chain asks for one page after the other, each as late as the answer before it comes. So windows are cut the smaller
//! the less is left, down to three quarters of a page, and all chains end at about the same time.
//!
//! What a window costs beyond its records is the part of its last page that is empty. All requests together are held
//! below [`REQUESTS_FREE`] and 1.25 times what the records make necessary, come what may: see [`Cutter::to_spare`].

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::{RecordSeen, Window};

/// Requests that may be made whatever comes of them.
const REQUESTS_FREE: f64 = 10.0;
/// Requests that may be made for each page of records.
const REQUESTS_A_PAGE: f64 = 1.25;
/// What a window is reckoned to waste of what may be wasted, with some to spare for those that hold more than expected.
const WASTE_A_WINDOW: f64 = 1.2;
/// The most pages a window is cut for; a longer chain would be waited for at the end.
const PAGES_MAX: f64 = 8.0;
/// So much of a window's last page is left empty for records that lie closer than expected.
const MARGIN: f64 = 0.25;
/// A window that holds no more pages beyond its first is never worth giving back.
const PAGES_KEPT: f64 = 3.0;
/// A chain may be so many times as long as the others on average: what a first page shows is often an hour's rush.
const LONGER: f64 = 2.0;
/// And no longer than this part of all that is left.
const SHARE_MAX: f64 = 0.75;
/// A stretch of so many windows as the stream names is cut before anything is known of it.
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

/// A stretch that no window covers yet.
#[derive(Debug, Clone, Copy)]
struct Gap {
    window: Window,
    /// Before this there may be nothing, as a page has shown.
    first: Timestamp,
    /// The window it was given back with; what is known of others says nothing of it.
    part_of: Option<Window>,
    /// True where it was opened as it is already.
    is_given_back: bool,
}

/// A window that is being pulled.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    pages: u64,
    records: u64,
    /// The pages it is expected to have.
    expected: Option<f64>,
}

/// So many records in a stretch of time.
#[derive(Debug, Clone, Copy)]
struct Seen {
    from: Timestamp,
    until: Timestamp,
    records: u64,
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
        let gap = |window: Window| Gap { window, first: window.from, part_of: None, is_given_back: false };
        Self {
            gaps: gaps.into_iter().map(gap).collect(),
            open: BTreeMap::new(),
            seen: BTreeMap::new(),
            blind: is_long.then(|| SignedDuration::from_secs((seconds / PARTS_BLIND).max(1))),
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
        if !may_cut && n_open > 1 && self.is_too_long(self.expected(&gap).unwrap_or_default()) {
            self.gaps.push_front(gap);
            return None;
        }
        let length = self.length(&gap).filter(|_| may_cut || gap.is_given_back);
        let until = length.map_or(gap.window.until, |length| {
            let until = whole_second(gap.first.saturating_add(length).unwrap_or(Timestamp::MAX));
            let rest = gap.window.until.duration_since(until);
            // A rest that is not worth a window of its own goes with it, but what was given back is cut.
            match rest > length / 2 {
                true => until,
                false if gap.is_given_back => gap.middle(),
                false => gap.window.until,
            }
        });
        let until = if until > gap.window.from { until } else { gap.window.until };
        if until < gap.window.until {
            let window = Window { from: until, until: gap.window.until };
            self.gaps.push_front(Gap { window, first: until, is_given_back: false, ..gap });
        }
        let window = Window { from: gap.window.from, until };
        self.open.insert(window, Open::default());
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
        let Some(sample) = Sample::of(records, window).filter(|_| leads_on) else { return Cut::Keep };
        let n_records = count(records.len());
        self.seen.insert(window, Seen { from: sample.first, until: sample.last, records: n_records });
        let left = sample.density() * sample.seconds_left(window) / self.page_records();
        if let Some(open) = self.open.get_mut(&window) {
            open.expected = Some(1.0 + left);
        }
        // Its records come again with the windows it is cut into.
        let lost = REQUESTS_A_PAGE * as_f64(n_records) / self.page_records();
        // Times are often whole seconds: what is shorter than a few is not cut.
        if window.seconds() < 4 || !self.is_longer(left, self.pages_left()) || self.to_spare() - lost < 1.0 {
            return Cut::Keep;
        }
        self.open.remove(&window);
        self.records = self.records.saturating_sub(n_records);
        let is_oldest_first = sample.order == Some(std::cmp::Ordering::Less);
        let first = if is_oldest_first { sample.first } else { window.from };
        self.gaps.push_front(Gap { window, first, part_of: Some(window), is_given_back: true });
        self.gaps.make_contiguous().sort_by_key(|gap| gap.window);
        Cut::Back
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
            let records = open.records;
            self.seen.insert(window, Seen { from: window.from, until: window.until, records });
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
        let at = Window { from: gap.first, until: gap.first };
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
        let pages = (left / (2.0 * self.chains)).max(affordable).clamp(1.0, PAGES_MAX);
        if self.one_is_enough() { pages } else { pages.floor() - MARGIN }
    }

    /// True where answers come so fast that one chain uses the pace up: nobody waits for its last page.
    fn one_is_enough(&self) -> bool {
        self.chains < 1.5
    }

    /// True where a chain of so many pages would be waited for, with it still to be pulled.
    fn is_too_long(&self, pages: f64) -> bool {
        self.is_longer(pages, self.pages_left() + pages)
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

    /// Records a second around a stretch: in what was seen nearest to it, of two pages at least and so many seconds.
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
            seconds += seconds_between(nearest.from, nearest.until).max(1.0);
            if records >= 2.0 * self.page_records() && seconds >= reach_seconds {
                break;
            }
        }
        (records > 0.0).then(|| records / seconds)
    }

    fn page_records(&self) -> f64 {
        as_f64(self.largest_page)
    }
}

impl Gap {
    fn middle(&self) -> Timestamp {
        let half = self.window.until.duration_since(self.first) / 2;
        whole_second(self.first.saturating_add(half).unwrap_or(self.window.until))
    }
}

fn seconds_between(from: Timestamp, until: Timestamp) -> f64 {
    until.duration_since(from).as_secs_f64()
}

fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

impl Window {
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
        Some(Self { n: as_f64(count(times.len())), first, last, order })
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

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "estimates need no more digits than a double has")]
fn as_f64(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
