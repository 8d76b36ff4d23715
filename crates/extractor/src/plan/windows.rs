//! From what is known of a stream to the slices that are to be pulled. Pure.

use convolake_model::{Span, Stream};
use jiff::{SignedDuration, Timestamp};

use crate::Slice;

/// What is known of a stream and a set of params before a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Where a stream without a watermark begins.
    pub begin: Timestamp,
    /// Up to which instant the stream is complete; `None` before the first run.
    pub watermark: Option<Timestamp>,
    /// The instant the run looks back from.
    pub now: Timestamp,
    /// When everything was last walked; `None` if it never was.
    pub last_full_walk: Option<Timestamp>,
    /// True where that was the first, and no other has confirmed it.
    pub was_first_walk: bool,
    /// What an earlier run pulled without coming through.
    pub unfinished: Option<Unfinished>,
    /// When records that may still change were filed.
    pub open: Vec<Timestamp>,
}

/// Windows that an earlier run pulled without coming through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// When the source was looked at; what came late has to be looked for from then on.
    pub seen_at: Timestamp,
    /// Windows that were pulled to their end.
    pub done: Vec<Window>,
    /// Windows of which some pages have landed.
    pub begun: Vec<Window>,
}

/// A stretch of time: its first instant, and the one after its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// The first instant.
    pub from: Timestamp,
    /// The instant after the last.
    pub until: Timestamp,
}

/// Windows that looking again at open records may cost a run.
const AGAIN_MAX: usize = 8;

/// The slices to pull, oldest first; none where nothing can be new.
///
/// Windows touch: each starts where the one before it ends. What an earlier run has begun is ended first, and what
/// it has done is left out.
pub fn plan(stream: &Stream, facts: &Facts) -> Vec<Slice> {
    if stream.windows.is_none() {
        return vec![Slice::Whole];
    }
    let Windows { again, begun, gaps, .. } = windows(stream, facts);
    let mut windows = [again, begun, gaps].concat();
    windows.sort_unstable();
    slices(windows)
}

/// What of a stream's stretch of time is to be pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    /// Windows around records that may still have changed, though all that is new lies elsewhere.
    pub again: Vec<Window>,
    /// Such records that are not looked at: they lie too far apart.
    pub missed: usize,
    /// Windows an earlier run has begun, which go on behind what has landed.
    pub begun: Vec<Window>,
    /// What no window covers so far, oldest first. It may be cut at will: see [`crate::Cutter`].
    pub gaps: Vec<Window>,
}

/// The windows of a stream that has any; none where nothing can be new.
pub fn windows(stream: &Stream, facts: &Facts) -> Windows {
    let from = match facts.watermark {
        Some(watermark) if !full_walk_due(stream, facts) => {
            before(watermark, stream.lookback).max(facts.begin)
        }
        _ => facts.begin,
    };
    let whole = Window { from, until: facts.now };
    let open: Vec<Timestamp> =
        facts.open.iter().copied().filter(|at| (facts.begin..from).contains(at)).collect();
    let again = around(open.clone(), SignedDuration::from_secs(stream.lookback.as_seconds()));
    let is_missed = |at: &&Timestamp| !again.iter().any(|window| (window.from..window.until).contains(*at));
    let missed = open.iter().filter(is_missed).count();
    let Some(unfinished) = &facts.unfinished else {
        let gaps = if whole.from < whole.until { vec![whole] } else { Vec::new() };
        return Windows { again, missed, begun: Vec::new(), gaps };
    };
    // A window that was cut into others is covered by them. What is done is told of as stretches that reach beyond windows.
    let is_cut = |window: &Window| {
        unfinished.begun.iter().any(|other| other != window && window.holds(other))
            || unfinished.done.iter().any(|done| done.overlaps(window))
    };
    let begun: Vec<Window> = unfinished.begun.iter().filter(|window| !is_cut(window)).copied().collect();
    let settled = unfinished.settled(stream, facts);
    let known = begun
        .iter()
        .chain(&unfinished.done)
        .map(|window| Window { until: window.until.min(settled), ..*window });
    let gaps = gaps(whole, known.collect());
    let is_done = |window: &Window| unfinished.done.iter().any(|done| done.holds(window));
    let again = again.into_iter().filter(|window| !is_done(window)).collect();
    Windows { again, missed, begun, gaps }
}

/// Up to which instant a stream is complete once the slices of [`plan`] are through.
pub fn watermark(stream: &Stream, facts: &Facts) -> Timestamp {
    match &facts.unfinished {
        Some(unfinished) if unfinished.settled(stream, facts) == Timestamp::MAX => {
            facts.now.min(unfinished.seen_at)
        }
        // What is walked by page and not by window is as old as its first page.
        Some(unfinished) if stream.windows.is_none() => facts.now.min(unfinished.seen_at),
        _ => facts.now,
    }
}

impl Unfinished {
    /// What windows hold before this instant is not looked at again. Looking back on the next run is enough, unless
    /// the look was so long ago that more may have come late than that would find.
    fn settled(&self, stream: &Stream, facts: &Facts) -> Timestamp {
        match before(facts.now, stream.lookback) > self.seen_at {
            true => before(self.seen_at, stream.lookback),
            false => Timestamp::MAX,
        }
    }
}

impl Window {
    pub(crate) fn holds(&self, other: &Self) -> bool {
        self.from <= other.from && other.until <= self.until
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

impl From<Window> for Slice {
    fn from(Window { from, until }: Window) -> Self {
        Self::Window { from, until }
    }
}

fn slices(windows: Vec<Window>) -> Vec<Slice> {
    windows.into_iter().map(Slice::from).collect()
}

/// At most [`AGAIN_MAX`] windows that hold as many of these instants as fit, the newest first, and as little else as
/// can be. All together are no longer than `most`: who goes on after years must not cost a pull of all these years.
fn around(mut instants: Vec<Timestamp>, most: SignedDuration) -> Vec<Window> {
    instants.sort_unstable();
    instants.dedup();
    let after = |at: Timestamp| at.checked_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
    let mut breaks: Vec<usize> = (1..instants.len()).collect();
    breaks.sort_by_key(|place| instants[*place - 1].duration_since(instants[*place]));
    breaks.truncate(AGAIN_MAX - 1);
    breaks.sort_unstable();
    let ends = breaks.iter().copied().chain([instants.len()]);
    let starts = [0].into_iter().chain(breaks.iter().copied());
    let groups = starts.zip(ends).filter_map(|(start, end)| instants.get(start..end));
    let window = |group: &[Timestamp]| Some(Window { from: *group.first()?, until: after(*group.last()?) });
    let mut windows: Vec<Window> = groups.filter_map(window).collect();
    let mut left = most;
    windows.reverse();
    windows.retain(|window| {
        let length = window.until.duration_since(window.from);
        let fits = length <= left;
        left -= if fits { length } else { SignedDuration::ZERO };
        fits
    });
    windows.reverse();
    windows
}

/// What of a window none of the others covers.
fn gaps(whole: Window, mut known: Vec<Window>) -> Vec<Window> {
    known.sort_unstable();
    let mut gaps = Vec::new();
    let mut from = whole.from;
    for window in known {
        if window.from > from {
            gaps.push(Window { from, until: window.from.min(whole.until) });
        }
        from = from.max(window.until);
    }
    gaps.push(Window { from, until: whole.until });
    gaps.retain(|gap| gap.from < gap.until);
    gaps
}

/// A list that was walked once is walked again so soon. A record that is deleted behind the place a walk by page numbers has
/// reached pulls another one over the edge of a page, unseen; no order of two requests avoids that, and no answer tells
/// of it. What one walk misses another finds, and until then it is not in the lake.
const FIRST_WALK_CONFIRMED_AFTER: Span = Span::days(1);

/// True where a stream that is to be walked as a whole now and then has not been for long enough.
pub fn full_walk_due(stream: &Stream, facts: &Facts) -> bool {
    let Some(mut every) = stream.full_walk else {
        return false;
    };
    // What a list shows is asked for by id where a walk of the stream itself has missed it.
    if facts.was_first_walk && stream.changed.is_none() {
        every = every.min(FIRST_WALK_CONFIRMED_AFTER);
    }
    facts.last_full_walk.is_none_or(|last| last <= before(facts.now, every))
}

/// Slices of at most `batch` ids each, in order.
pub fn batches(ids: &[String], batch: u32) -> Vec<Slice> {
    let batch = usize::try_from(batch).unwrap_or(usize::MAX).max(1);
    ids.chunks(batch).map(|ids| Slice::Ids(ids.to_vec())).collect()
}

fn before(at: Timestamp, span: Span) -> Timestamp {
    at.checked_sub(SignedDuration::from_secs(span.as_seconds())).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn windows_reach_from_the_watermark_less_the_lookback_to_now() {
        let mut stream = fakes::windowed_stream();
        stream.lookback = Span::days(2);
        let facts = |watermark: Option<&str>| Facts {
            begin: at("2025-01-01T00:00:00Z"),
            watermark: watermark.map(at),
            now: at("2025-06-01T00:00:00Z"),
            last_full_walk: None,
            was_first_walk: false,
            unfinished: None,
            open: Vec::new(),
        };
        for (watermark, expected) in [
            (None, Some("2025-01-01T00:00:00Z")),
            (Some("2025-05-31T12:00:00Z"), Some("2025-05-29T12:00:00Z")),
            (Some("2025-01-02T00:00:00Z"), Some("2025-01-01T00:00:00Z")),
            (Some("2025-07-01T00:00:00Z"), None),
        ] {
            let expected: Vec<_> = expected
                .map(|from| Slice::Window { from: at(from), until: at("2025-06-01T00:00:00Z") })
                .into_iter()
                .collect();
            assert_eq!(plan(&stream, &facts(watermark)), expected, "{watermark:?}");
        }
        stream.full_walk = Some(Span::days(7));
        let from_begin = plan(&stream, &facts(Some("2025-05-31T12:00:00Z")));
        assert_eq!(from_begin, plan(&stream, &facts(None)), "a full walk is due");
        assert_eq!(plan(&fakes::numbered_stream(), &facts(None)), [Slice::Whole]);
    }

    #[test]
    fn a_full_walk_is_due_after_its_span() {
        let mut stream = fakes::numbered_stream();
        let facts = |last: Option<&str>| Facts {
            begin: Timestamp::UNIX_EPOCH,
            watermark: None,
            now: at("2025-06-08T00:00:00Z"),
            last_full_walk: last.map(at),
            was_first_walk: false,
            unfinished: None,
            open: Vec::new(),
        };
        assert!(!full_walk_due(&stream, &facts(None)));
        stream.full_walk = Some(Span::days(7));
        assert!(full_walk_due(&stream, &facts(None)));
        assert!(full_walk_due(&stream, &facts(Some("2025-06-01T00:00:00Z"))));
        assert!(!full_walk_due(&stream, &facts(Some("2025-06-01T00:00:01Z"))));
    }

    #[test]
    fn a_first_walk_of_a_list_is_confirmed_a_day_later() {
        let mut list = fakes::numbered_stream();
        let is_due = |stream: &Stream, last: &str, was_first_walk: bool| {
            let facts = Facts {
                begin: Timestamp::UNIX_EPOCH,
                watermark: None,
                now: at("2025-06-08T00:00:00Z"),
                last_full_walk: Some(at(last)),
                was_first_walk,
                unfinished: None,
                open: Vec::new(),
            };
            full_walk_due(stream, &facts)
        };
        assert!(!is_due(&list, "2025-06-07T00:00:00Z", true), "this stream is never walked as a whole");
        list.full_walk = Some(Span::days(7));
        assert!(is_due(&list, "2025-06-07T00:00:00Z", true));
        assert!(!is_due(&list, "2025-06-07T00:00:01Z", true));
        assert!(!is_due(&list, "2025-06-07T00:00:00Z", false));
        list.full_walk = "1h".to_owned().try_into().ok();
        assert!(is_due(&list, "2025-06-07T23:00:00Z", true), "what is due sooner stays so");
    }

    #[test]
    fn batches_keep_every_id() {
        let ids: Vec<String> = (0..45).map(|number| number.to_string()).collect();
        let batches = batches(&ids, 20);
        let expected = [&ids[..20], &ids[20..40], &ids[40..]].map(|ids| Slice::Ids(ids.to_vec()));
        assert_eq!(batches, expected);
        assert!(super::batches(&[], 20).is_empty());
    }

    #[test]
    fn what_is_done_is_left_out_and_what_is_begun_goes_on() {
        let mut stream = fakes::windowed_stream();
        stream.lookback = Span::days(2);
        let window = |from: &str, until: &str| Window {
            from: at(&format!("2025-{from}T00:00:00Z")),
            until: at(&format!("2025-{until}T00:00:00Z")),
        };
        let facts = |seen_at: &str, done: &[Window], begun: &[Window]| Facts {
            begin: at("2025-01-01T00:00:00Z"),
            watermark: None,
            now: at("2025-06-10T00:00:00Z"),
            last_full_walk: None,
            was_first_walk: false,
            unfinished: Some(Unfinished {
                seen_at: at(&format!("2025-{seen_at}T00:00:00Z")),
                done: done.to_vec(),
                begun: begun.to_vec(),
            }),
            open: Vec::new(),
        };
        let (early, middle, late) =
            (window("01-01", "02-01"), window("02-01", "03-01"), window("04-01", "06-10"));
        for (facts, expected, complete) in [
            (facts("06-09", &[early], &[middle]), vec![middle, window("03-01", "06-10")], "06-09"),
            (facts("06-09", &[middle], &[late]), vec![early, window("03-01", "04-01"), late], "06-09"),
            // Cut into others, and therefore covered by them.
            (
                facts("06-09", &[], &[window("01-01", "06-10"), early]),
                vec![early, window("02-01", "06-10")],
                "06-09",
            ),
            (
                facts("06-09", &[window("01-01", "03-01")], &[window("02-01", "06-10")]),
                vec![window("03-01", "06-10")],
                "06-09",
            ),
            (facts("06-09", &[window("01-01", "06-10")], &[middle]), vec![], "06-09"),
            // Looked at so long ago that more may have come late than the next run looks back for.
            (facts("06-01", &[window("01-01", "06-01")], &[]), vec![window("05-30", "06-10")], "06-10"),
            (facts("06-09", &[window("01-01", "06-10")], &[]), vec![], "06-09"),
        ] {
            assert_eq!(plan(&stream, &facts), slices(expected), "{facts:?}");
            assert_eq!(watermark(&stream, &facts), at(&format!("2025-{complete}T00:00:00Z")));
        }
    }

    #[test]
    fn open_records_are_looked_at_again_in_few_windows() {
        let day = |day: i8| at(&format!("2025-05-{day:02}T00:00:00Z"));
        let mut stream = fakes::windowed_stream();
        stream.lookback = Span::days(2);
        let again = |open: &[i8]| {
            let facts = Facts {
                begin: at("2025-01-01T00:00:00Z"),
                watermark: Some(at("2025-06-01T00:00:00Z")),
                now: at("2025-06-02T00:00:00Z"),
                last_full_walk: None,
                was_first_walk: false,
                unfinished: None,
                open: open.iter().map(|number| day(*number)).collect(),
            };
            let found = windows(&stream, &facts);
            assert_eq!(found.gaps, [Window { from: day(30), until: facts.now }]);
            (found.again, found.missed)
        };
        let second = SignedDuration::from_secs(1);
        let window = |from: i8, until: i8| Window { from: day(from), until: day(until) + second };
        for (open, expected) in [
            (&[][..], vec![]),
            // What lies within the lookback comes anyway.
            (&[31], vec![]),
            (&[3], vec![window(3, 3)]),
            (&[20, 3, 3], vec![window(3, 3), window(20, 20)]),
            (
                &[1, 5, 10, 20, 25],
                vec![window(1, 1), window(5, 5), window(10, 10), window(20, 20), window(25, 25)],
            ),
        ] {
            assert_eq!(again(open), (expected, 0), "{open:?}");
        }
        let many: Vec<i8> = (1..=29).collect();
        let (windows, missed) = again(&many);
        assert_eq!(windows.iter().map(|window| window.seconds()).sum::<i64>(), 7);
        assert_eq!(missed, 22, "those in a window that would be three weeks long");
    }
}
