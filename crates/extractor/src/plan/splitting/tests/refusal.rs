//! Sources that turn long windows down.

use std::collections::VecDeque;

use jiff::SignedDuration;

use super::source::{DAY, at};
use crate::plan::Window;
use crate::plan::splitting::Cutter;

/// Pulls a stretch of nothing from a source that takes windows up to `widest_days`; the windows that it took, how many it
/// turned down, and what was learnt.
fn pull(
    days: i64,
    widest_days: i64,
    learnt: Option<SignedDuration>,
) -> (Vec<Window>, usize, Option<SignedDuration>) {
    let whole = Window { from: at(0), until: at(days * DAY) };
    let mut cutter = Cutter::new(vec![whole], SignedDuration::from_hours(24)).with_longest(learnt);
    let (mut open, mut taken, mut n_refused) = (VecDeque::new(), Vec::new(), 0);
    loop {
        while open.len() < 4
            && let Some(window) = cutter.next(open.len() + 1)
        {
            open.push_back(window);
        }
        let Some(window) = open.pop_front() else { break };
        match window.seconds() > widest_days * DAY {
            true => {
                n_refused += 1;
                assert!(n_refused < 1000 && cutter.refuse(window), "{window:?}");
            }
            false => {
                cutter.first_page(window, &[], false);
                taken.push(window);
            }
        }
    }
    assert!(!cutter.has_more());
    taken.sort_unstable();
    (taken, n_refused, cutter.longest())
}

#[test]
fn a_window_that_is_refused_is_asked_for_in_halves() {
    for (days, widest_days) in [(1, 1), (40, 31), (2000, 31), (2000, 1), (2000, 365), (2000, 3000)] {
        let (taken, n_refused, learnt) = pull(days, widest_days, None);
        assert_eq!((taken[0].from, taken[taken.len() - 1].until), (at(0), at(days * DAY)));
        assert!(
            taken.windows(2).all(|pair| pair[0].until == pair[1].from),
            "{days} {widest_days}: {taken:?}"
        );
        assert!(n_refused <= 30, "{days} {widest_days}: {n_refused}");
        assert_eq!(learnt.is_some(), n_refused > 0);
        let (again, n_refused, still) = pull(days, widest_days, learnt);
        assert_eq!((n_refused, still), (0, learnt), "what was learnt is kept");
        assert!(again.windows(2).all(|pair| pair[0].until == pair[1].from));
    }
}

#[test]
fn a_window_as_the_stream_names_it_is_not_halved() {
    let day = Window { from: at(0), until: at(DAY) };
    let mut cutter = Cutter::new(vec![day], SignedDuration::from_hours(24));
    let window = cutter.next(1).unwrap();
    assert!(!cutter.refuse(window));
    assert_eq!(cutter.longest(), None);
    let learnt = cutter.with_longest(Some(SignedDuration::from_hours(1))).longest();
    assert_eq!(learnt, Some(SignedDuration::from_hours(24)), "no shorter than the stream names it");
}
