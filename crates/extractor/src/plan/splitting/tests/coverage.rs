//! All windows together cover the stretch, and cost no more requests than promised.

use std::collections::VecDeque;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::source::{DAY, Order, Source, at, seen};
use crate::plan::splitting::{Cut, Cutter};
use crate::plan::{Window, as_f64};

/// Pulls everything, `n_chains` at a time; the windows that were kept, and all requests.
fn pull(source: &Source, whole: Window, n_chains: usize) -> (Vec<Window>, u64) {
    let mut cutter = Cutter::new(vec![whole], SignedDuration::from_hours(24));
    let mut open: VecDeque<(Window, Vec<Vec<i64>>, usize)> = VecDeque::new();
    let (mut kept, mut n_requests) = (Vec::new(), 0);
    let mut opened = Vec::new();
    loop {
        while open.len() < n_chains
            && let Some(window) = cutter.next(open.len() + 1)
        {
            assert!(!opened.contains(&window), "opened twice: {window:?}");
            opened.push(window);
            open.push_back((window, source.pages(window), 0));
        }
        let Some((window, pages, page)) = open.pop_front() else { break };
        n_requests += 1;
        let leads_on = page + 1 < pages.len();
        let records = seen(&pages[page]);
        if page == 0 {
            if cutter.first_page(window, &records, leads_on) == Cut::Back {
                continue;
            }
        } else {
            cutter.page(window, records.len(), leads_on);
        }
        match leads_on {
            true => open.push_back((window, pages, page + 1)),
            false => kept.push(window),
        }
    }
    kept.sort_unstable();
    (kept, n_requests)
}

fn sources() -> impl Strategy<Value = (Source, i64)> {
    let burst = (0i64..2000 * DAY, 1i64..100 * DAY, 0usize..3000);
    let order = prop_oneof![Just(Order::OldestFirst), Just(Order::NewestFirst), Just(Order::None)];
    (proptest::collection::vec(burst, 0..4), prop_oneof![1usize..10, Just(100usize)], order, 1i64..2000)
        .prop_map(|(bursts, page, order, days)| {
            let times = bursts.into_iter().flat_map(|(from, length, n)| {
                let n = i64::try_from(n).unwrap();
                (0..n).map(move |number| from + number * length / n.max(1))
            });
            (Source { times: times.collect(), page, order }, days)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn windows_cover_the_stretch_and_cost_no_more_than_promised((source, days) in sources(), n_chains in 1usize..16) {
        let whole = Window { from: at(0), until: at(days * DAY) };
        let (kept, n_requests) = pull(&source, whole, n_chains);
        prop_assert_eq!(kept[0].from, whole.from);
        prop_assert_eq!(kept[kept.len() - 1].until, whole.until);
        for pair in kept.windows(2) {
            prop_assert_eq!(pair[0].until, pair[1].from, "windows touch");
        }
        let records = source.times.iter().filter(|time| **time < days * DAY).count();
        let bound = 1.25 * as_f64(records as u64) / as_f64(source.page as u64) + 10.0;
        prop_assert!(as_f64(n_requests) <= bound, "{} requests, {} allowed", n_requests, bound);
    }
}

#[test]
fn a_short_or_sparse_stretch_is_one_request() {
    for days in [1, 3, 29] {
        let source = Source { times: vec![5, 7, 9], page: 100, order: Order::OldestFirst };
        let whole = Window { from: at(0), until: at(days * DAY) };
        assert_eq!(pull(&source, whole, 16), (vec![whole], 1), "{days} days");
    }
}

#[test]
fn years_with_a_page_of_records_are_one_request() {
    let source = Source { times: vec![5, 900 * DAY], page: 100, order: Order::None };
    let whole = Window { from: at(0), until: at(2000 * DAY) };
    assert_eq!(pull(&source, whole, 16), (vec![whole], 1));
}

/// Where pages stand in no order, nothing can be told of where records lie, and the stretch is cut blindly.
#[test]
fn years_in_no_order_are_pulled_side_by_side() {
    let source = Source { times: (0..9000).map(|n| n * 20_000).collect(), page: 100, order: Order::None };
    let (kept, _) = pull(&source, Window { from: at(0), until: at(9000 * 20_000) }, 6);
    assert!(kept.len() >= 6, "{} windows", kept.len());
}

#[test]
fn a_dense_stretch_is_cut_for_many_chains() {
    for order in [Order::OldestFirst, Order::NewestFirst] {
        let source = Source { times: (0..9000).map(|number| number * 100).collect(), page: 100, order };
        let (kept, _) = pull(&source, Window { from: at(0), until: at(900_000) }, 6);
        assert!(kept.len() > 8, "{order:?}: {} windows", kept.len());
    }
}

#[test]
fn empty_years_take_few_requests() {
    let times = (0..500).map(|number| 1800 * DAY + number * 600).collect();
    let source = Source { times, page: 100, order: Order::OldestFirst };
    let (_, n_requests) = pull(&source, Window { from: at(0), until: at(2000 * DAY) }, 3);
    assert!(n_requests <= 16, "{n_requests}");
}
