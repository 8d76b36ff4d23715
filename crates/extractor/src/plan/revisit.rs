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

#[cfg(test)]
mod tests {
    use super::*;

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
