//! The windows of a stream that are to be pulled.

use convolake_model::Stream;
use jiff::{SignedDuration, Timestamp};

use super::facts::before;
use super::revisit::windows_around;
use super::{Facts, Window, full_walk_due};

/// Which windows of a stream are to be pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    /// Windows around open records, which may have changed since they were pulled, and of those that are known to have.
    pub again: Vec<Window>,
    /// The number of open records that lie outside these windows, too far apart from others.
    pub missed: usize,
    /// Windows an earlier run has begun, which go on behind what has landed.
    pub begun: Vec<Window>,
    /// The stretches no window covers so far, oldest first. They may be split at will: see [`crate::Cutter`].
    pub gaps: Vec<Window>,
}

/// The windows of a stream that has any; none where nothing can be new. A stream with a watermark goes on from there,
/// wherever `begin` lies: no stretch is left out, nor what comes late.
pub fn windows(stream: &Stream, facts: &Facts) -> Windows {
    let looked_back = facts.watermark.map(|watermark| before(watermark, stream.lookback));
    let from = match looked_back {
        Some(looked_back) if !full_walk_due(stream, facts) => looked_back,
        Some(looked_back) => facts.begin.min(looked_back),
        None => facts.begin,
    };
    let whole = Window { from, until: facts.now };
    let open: Vec<Timestamp> = facts.open.iter().copied().filter(|at| *at < from).collect();
    let again = windows_around(open.clone(), SignedDuration::from_secs(stream.lookback.as_seconds()));
    let is_missed = |at: &&Timestamp| !again.iter().any(|window| (window.from..window.until).contains(*at));
    let missed = open.iter().filter(is_missed).count();
    let Some(unfinished) = &facts.unfinished else {
        let again = with_reopened(again, facts, from, &[]);
        return Windows { again, missed, begun: Vec::new(), gaps: whole.without(Vec::new()) };
    };
    // A begun window that was split is covered by its parts. Done windows are stored merged, so one may be longer than
    // the window that was pulled.
    let is_split = |window: &Window| {
        unfinished.begun.iter().any(|other| other != window && window.contains(other))
            || unfinished.done.iter().any(|done| done.overlaps(window))
    };
    let begun: Vec<Window> = unfinished.begun.iter().filter(|window| !is_split(window)).copied().collect();
    let settled = unfinished.settled_before(stream, facts);
    let covered = begun
        .iter()
        .chain(&unfinished.done)
        .map(|window| Window { until: window.until.min(settled), ..*window });
    let gaps = whole.without(covered.collect());
    let is_done = |window: &Window| unfinished.done.iter().any(|done| done.contains(window));
    let again = again.into_iter().filter(|window| !is_done(window)).collect();
    let again = with_reopened(again, facts, from, &begun);
    Windows { again, missed, begun, gaps }
}

/// Windows to pull again, with those of records that are known to have changed, as far as nothing else covers them.
fn with_reopened(mut again: Vec<Window>, facts: &Facts, from: Timestamp, begun: &[Window]) -> Vec<Window> {
    for reopened in &facts.reopened {
        let before = Window { until: reopened.until.min(from), ..*reopened };
        let covered = again.iter().chain(begun).copied().collect();
        again.extend(before.without(covered));
    }
    again.sort_unstable();
    again
}

#[cfg(test)]
mod tests {
    use convolake_model::Span;

    use super::*;
    use crate::fakes;

    #[test]
    fn open_records_are_looked_at_again_in_few_windows() {
        let day = |day: i8| format!("2025-05-{day:02}T00:00:00Z").parse::<Timestamp>().unwrap();
        let mut stream = fakes::stream("windowed");
        stream.lookback = Span::days(2);
        let again = |open: &[i8]| {
            let facts = Facts {
                begin: "2025-01-01T00:00:00Z".parse().unwrap(),
                watermark: "2025-06-01T00:00:00Z".parse().ok(),
                open: open.iter().map(|number| day(*number)).collect(),
                ..fakes::facts("2025-06-02T00:00:00Z")
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
        let reopened = |windows: &[Window], open: &[i8]| {
            let facts = Facts {
                begin: "2025-01-01T00:00:00Z".parse().unwrap(),
                watermark: "2025-06-01T00:00:00Z".parse().ok(),
                open: open.iter().map(|number| day(*number)).collect(),
                reopened: windows.to_vec(),
                ..fakes::facts("2025-06-02T00:00:00Z")
            };
            super::windows(&stream, &facts).again
        };
        for (windows, open, expected) in [
            (&[window(3, 3)][..], &[][..], vec![window(3, 3)]),
            (&[window(3, 3)], &[3, 20], vec![window(3, 3), window(20, 20)]),
            // However far apart they lie, and however many they are.
            (&[window(1, 9), window(20, 24)], &[], vec![window(1, 9), window(20, 24)]),
            // What lies within the lookback comes anyway.
            (&[window(29, 31)], &[], vec![Window { from: day(29), until: day(30) }]),
        ] {
            assert_eq!(reopened(windows, open), expected, "{windows:?} {open:?}");
        }
        let many: Vec<i8> = (1..=29).collect();
        let (windows, missed) = again(&many);
        assert_eq!(windows.iter().map(|window| window.seconds()).sum::<i64>(), 7);
        assert_eq!(missed, 22, "those in a window that would be three weeks long");
    }
}
