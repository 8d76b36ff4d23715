//! Windows around records that may still change.

use jiff::{SignedDuration, Timestamp};

use super::Window;

/// The most windows that a run spends on looking at open records again.
const WINDOWS_MAX: usize = 8;

/// At most [`WINDOWS_MAX`] windows that hold as many of these instants as fit, the newest first, and as little else as
/// can be. All together are no longer than `length_max`: a run after years must not pull all these years again.
pub(super) fn windows_around(mut instants: Vec<Timestamp>, length_max: SignedDuration) -> Vec<Window> {
    instants.sort_unstable();
    instants.dedup();
    let after = |at: Timestamp| at.checked_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
    // The windows are parted where the instants lie furthest apart.
    let mut breaks: Vec<usize> = (1..instants.len()).collect();
    breaks.sort_by_key(|index| instants[*index - 1].duration_since(instants[*index]));
    breaks.truncate(WINDOWS_MAX - 1);
    breaks.sort_unstable();
    let ends = breaks.iter().copied().chain([instants.len()]);
    let starts = [0].into_iter().chain(breaks.iter().copied());
    let groups = starts.zip(ends).filter_map(|(start, end)| instants.get(start..end));
    let window = |group: &[Timestamp]| Some(Window { from: *group.first()?, until: after(*group.last()?) });
    let mut windows: Vec<Window> = groups.filter_map(window).collect();
    let mut left = length_max;
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

/// Windows that cover all of these, at most `n_max`: those that lie closest become one, with what lies between.
pub fn at_most(n_max: usize, mut windows: Vec<Window>) -> Vec<Window> {
    windows.retain(|window| window.from < window.until);
    windows.sort_unstable();
    let mut joined: Vec<Window> = Vec::new();
    for window in windows {
        match joined.last_mut() {
            Some(last) if window.from <= last.until => last.until = last.until.max(window.until),
            _ => joined.push(window),
        }
    }
    let mut breaks: Vec<usize> = (1..joined.len()).collect();
    let between = |index: &usize| joined[*index - 1].until.duration_since(joined[*index].from);
    breaks.sort_by_key(between);
    breaks.truncate(n_max.max(1) - 1);
    breaks.sort_unstable();
    let starts = [0].into_iter().chain(breaks.iter().copied());
    let groups = starts.zip(breaks.iter().copied().chain([joined.len()]));
    let groups = groups.filter_map(|(start, end)| joined.get(start..end));
    groups
        .filter_map(|group| Some(Window { from: group.first()?.from, until: group.last()?.until }))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn few_windows_cover_all_of_many(
            windows in proptest::collection::vec((0i64..10_000, 0i64..300), 0..60), n_max in 1usize..12,
        ) {
            let at = |second| Timestamp::from_second(second).unwrap();
            let windows: Vec<Window> =
                windows.into_iter().map(|(from, length)| Window { from: at(from), until: at(from + length) }).collect();
            let few = at_most(n_max, windows.clone());
            prop_assert!(few.len() <= n_max);
            prop_assert!(few.windows(2).all(|pair| pair[0].until < pair[1].from), "{few:?}");
            for window in windows.iter().filter(|window| window.seconds() > 0) {
                prop_assert!(few.iter().any(|other| other.contains(window)), "{window:?} in {few:?}");
            }
        }
    }

    #[test]
    fn windows_that_lie_closest_become_one() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let window = |(from, until): &(i64, i64)| Window { from: at(*from), until: at(*until) };
        for (n_max, windows, expected) in [
            (3, &[][..], &[][..]),
            (3, &[(5, 6), (1, 2), (1, 2)], &[(1, 2), (5, 6)]),
            (3, &[(1, 5), (5, 6)], &[(1, 6)]),
            (2, &[(1, 2), (50, 51), (60, 61)], &[(1, 2), (50, 61)]),
            (1, &[(1, 2), (50, 51), (60, 61)], &[(1, 61)]),
        ] {
            let found = at_most(n_max, windows.iter().map(window).collect());
            assert_eq!(found, expected.iter().map(window).collect::<Vec<_>>(), "{n_max} {windows:?}");
        }
    }

    #[test]
    fn few_windows_hold_as_many_instants_as_fit() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (instants, length_max, expected) in [
            (&[][..], 100, &[][..]),
            (&[5], 100, &[(5, 6)]),
            (&[5, 5, 9], 100, &[(5, 6), (9, 10)]),
            // Nine instants in eight windows: the two that lie closest share one.
            (
                &[0, 10, 20, 30, 35, 50, 60, 70, 80],
                100,
                &[(0, 1), (10, 11), (20, 21), (30, 36), (50, 51), (60, 61), (70, 71), (80, 81)],
            ),
            // The newest fit, the older do not.
            (&[0, 10, 20], 2, &[(10, 11), (20, 21)]),
            (&[0], 0, &[]),
        ] {
            let instants: Vec<Timestamp> = instants.iter().copied().map(at).collect();
            let windows = windows_around(instants.clone(), SignedDuration::from_secs(length_max));
            let expected: Vec<Window> =
                expected.iter().map(|(from, until)| Window { from: at(*from), until: at(*until) }).collect();
            assert_eq!(windows, expected, "{instants:?}, {length_max} s");
        }
    }
}
