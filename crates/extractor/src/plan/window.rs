//! A stretch of time.

use jiff::Timestamp;

/// A stretch of time: its first instant, and the one after its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// The first instant.
    pub from: Timestamp,
    /// The instant after the last.
    pub until: Timestamp,
}

impl Window {
    /// True where the other window lies within this one.
    pub fn contains(&self, other: &Self) -> bool {
        self.from <= other.from && other.until <= self.until
    }

    /// True where the two windows share an instant.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// The length in whole seconds.
    pub(crate) fn seconds(&self) -> i64 {
        self.until.duration_since(self.from).as_secs()
    }

    /// The parts of this window that none of the others covers, oldest first.
    pub fn without(&self, mut covered: Vec<Self>) -> Vec<Self> {
        covered.sort_unstable();
        let mut uncovered = Vec::new();
        let mut from = self.from;
        for window in covered {
            if window.from > from {
                uncovered.push(Self { from, until: window.from.min(self.until) });
            }
            from = from.max(window.until);
        }
        uncovered.push(Self { from, until: self.until });
        uncovered.retain(|part| part.from < part.until);
        uncovered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window((from, until): (i64, i64)) -> Window {
        let at = |second| Timestamp::from_second(second).unwrap();
        Window { from: at(from), until: at(until) }
    }

    #[test]
    fn what_is_covered_is_left_out() {
        for (covered, expected) in [
            (&[][..], &[(10, 50)][..]),
            (&[(20, 30)], &[(10, 20), (30, 50)]),
            (&[(10, 20)], &[(20, 50)]),
            (&[(40, 50)], &[(10, 40)]),
            (&[(10, 50)], &[]),
            (&[(0, 60)], &[]),
            (&[(0, 5), (55, 60)], &[(10, 50)]),
            (&[(0, 20), (40, 60)], &[(20, 40)]),
            (&[(30, 40), (15, 20), (20, 30)], &[(10, 15), (40, 50)]),
            (&[(15, 45), (20, 30)], &[(10, 15), (45, 50)]),
        ] {
            let covered: Vec<Window> = covered.iter().copied().map(window).collect();
            let expected: Vec<Window> = expected.iter().copied().map(window).collect();
            assert_eq!(window((10, 50)).without(covered.clone()), expected, "{covered:?}");
        }
    }

    #[test]
    fn containing_and_overlapping() {
        for (other, contains, overlaps) in [
            ((10, 50), true, true),
            ((20, 30), true, true),
            ((5, 20), false, true),
            ((40, 60), false, true),
            ((5, 60), false, true),
            ((0, 10), false, false),
            ((50, 60), false, false),
        ] {
            let (whole, other) = (window((10, 50)), window(other));
            assert_eq!((whole.contains(&other), whole.overlaps(&other)), (contains, overlaps), "{other:?}");
        }
    }
}
