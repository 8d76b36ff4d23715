//! How many pages are asked for ahead.

use super::*;
use crate::RecordSeen;

/// A page of so many records, each with the id and the second that `record` gives for its place.
fn page(n: usize, more: Option<bool>, record: impl Fn(i64) -> (i64, i64)) -> PageContent {
    let seen = |index| {
        let (id, second) = record(index);
        let listed_at = Timestamp::from_second(second).ok();
        RecordSeen { id: Some(id.to_string()), listed_at, hash: String::new(), hash_as_sent: None }
    };
    let records: Vec<RecordSeen> = (0..i64::try_from(n).unwrap()).map(seen).collect();
    PageContent {
        record_count: n,
        n_broken: 0,
        records,
        fingerprint: [0; 16],
        is_null: false,
        cursor: None,
        next_link: None,
        more,
        last: None,
        total: None,
        partial: None,
        hit: Vec::new(),
        missed: Vec::new(),
    }
}

/// How many requests may be under way after each page, where one page follows the other.
fn ramp(foreseen: Foreseen, size: Option<u32>, sizes: &[usize]) -> Vec<usize> {
    let mut lookahead = Lookahead::default();
    lookahead.foresee(foreseen);
    let mut first = 0;
    let mut allowed = Vec::new();
    for n in sizes {
        lookahead.asked();
        lookahead.take(&page(*n, None, |index| (first + index, 1_000_000 - first - index)), size);
        first += i64::try_from(*n).unwrap();
        allowed.push((0..100).find(|n| !lookahead.may_ask(*n)).unwrap());
    }
    allowed
}

#[test]
fn requests_ahead_follow_what_pages_show() {
    let nothing = Foreseen::default();
    let records = |records| Foreseen { records: Some(records), until: None };
    let until = |second| Foreseen { records: None, until: Timestamp::from_second(second).ok() };
    for (name, foreseen, size, sizes, expected) in [
        ("full pages", nothing, Some(100), &[100, 100, 100, 100, 100][..], &[4, 16, 16, 16, 16][..]),
        ("the last page", nothing, Some(100), &[100, 100, 40, 0], &[4, 16, 1, 1]),
        ("one page", nothing, Some(100), &[40, 0], &[1, 1]),
        ("a server that caps pages", nothing, Some(100), &[20, 20, 20, 7], &[1, 4, 16, 1]),
        ("nobody knows what is full", nothing, None, &[20, 20, 20, 7], &[2, 8, 16, 1]),
        ("a page that is not full", nothing, None, &[20, 20, 12, 20, 20], &[2, 8, 1, 4, 16]),
        // Three more pages and an empty one.
        ("so many are expected", records(350), Some(100), &[100, 100, 100, 50, 0], &[4, 3, 2, 1, 1]),
        ("so many, of pages of any size", records(350), None, &[100, 100, 100, 50, 0], &[4, 3, 2, 1, 1]),
        ("more than expected", records(150), None, &[100, 100, 100, 100], &[2, 1, 4, 16]),
        ("less than expected", records(900), None, &[100, 100, 30, 0], &[9, 8, 1, 1]),
        // Records lie a second apart: those of the first page reach down to 999,901.
        ("back to a time", until(999_500), Some(100), &[100, 100, 100, 100, 100], &[4, 4, 3, 2, 1]),
        ("back to a time on the first page", until(999_950), Some(100), &[100, 100], &[1, 1]),
    ] {
        assert_eq!(ramp(foreseen, size, sizes), expected, "{name}");
    }
}

#[test]
fn a_source_that_says_there_is_more_gives_full_pages() {
    let mut lookahead = Lookahead::default();
    lookahead.take(&page(20, Some(true), |index| (index, 0)), Some(100));
    assert!(lookahead.may_ask(3));
}

#[test]
fn records_that_come_again_end_the_looking_ahead() {
    let mut lookahead = Lookahead::default();
    let next = |first: i64| page(10, None, move |index| (first + index, 0));
    lookahead.take(&next(0), None);
    lookahead.take(&next(10), None);
    assert!(lookahead.may_ask(7));
    assert!(!lookahead.repeats(&next(20)));
    for first in [19, 11, 0, -9] {
        assert!(lookahead.repeats(&next(first)), "{first}");
    }
    lookahead.take(&next(19), None);
    assert!(lookahead.may_ask(0) && !lookahead.may_ask(1));
    lookahead.take(&next(29), None);
    assert!(lookahead.may_ask(3), "and records that do not begin it again");
}

#[test]
fn requests_that_come_to_nothing_use_up_what_may_be_wasted() {
    let mut lookahead = Lookahead::default();
    for number in 0..8 {
        lookahead.asked();
        lookahead.take(&page(10, None, |index| (number * 10 + index, 0)), None);
    }
    // 1.25 x 8 + 10, the empty page at the end kept back.
    let mut n_wasted = 0;
    while lookahead.may_ask(1) {
        lookahead.asked();
        n_wasted += 1;
    }
    assert_eq!(n_wasted, 11);
}
