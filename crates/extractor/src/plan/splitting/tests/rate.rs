//! The allowed rate is used to the full, on a simulated clock.

use std::collections::BTreeMap;

use super::simulation::time_over_ideal;
use super::source::{DAY, Order, Source, at, by_day, days, mixed_talks, talks};
use crate::plan::{Window, as_f64};

/// Starts lie 3 % further apart than the limit asks for, so that is the least there can be.
#[test]
fn the_rate_is_used_to_the_full() {
    for (name, source, pages) in [
        ("days", days(70 * 100, 100), 70.0),
        ("days", days(300 * 100, 100), 300.0),
        ("talks", talks(70 * 1000, 1000, 38, 11), 70.0),
        ("talks", talks(300 * 1000, 1000, 38, 11), 300.0),
    ] {
        for latency in [0.05, 0.7, 2.0] {
            let whole = Window { from: at(0), until: at(90 * DAY) };
            let (ratio, n_requests) = time_over_ideal(&source, whole, 3.0, latency);
            println!("figure simulated_time_over_ideal_{name}_{pages}_pages_{latency}s {ratio:.3}");
            println!("figure simulated_requests_{name}_{pages}_pages_{latency}s {n_requests}");
            assert!(
                ratio < 1.05,
                "{pages} pages of {name} at {latency} s: {ratio:.3} with {n_requests} requests"
            );
            assert!(
                as_f64(n_requests) < 1.25 * pages + 10.0,
                "{pages} pages of {name}: {n_requests} requests"
            );
        }
    }
}

/// Where a conversation is a good part of a page, what one page shows says little of the next.
#[test]
fn the_rate_is_used_however_records_lie() {
    for n_pages in [70i64, 150, 300] {
        for latency in [0.05, 0.7, 2.0] {
            let mut ratios: Vec<f64> = (0..100)
                .map(|seed| {
                    let source = mixed_talks(n_pages, seed);
                    let whole = Window { from: at(0), until: at(90 * DAY) };
                    time_over_ideal(&source, whole, 3.0, latency).0
                })
                .collect();
            ratios.sort_unstable_by(f64::total_cmp);
            let case = format!("{n_pages}_pages_{latency}s");
            let n_over = ratios.iter().filter(|ratio| **ratio > 1.05).count();
            println!("figure simulated_time_over_ideal_of_100_median_{case} {:.3}", ratios[50]);
            println!("figure simulated_time_over_ideal_of_100_worst_{case} {:.3}", ratios[99]);
            println!("figure simulated_runs_of_100_above_1.05_{case} {n_over}");
            assert!(n_over <= 15 && ratios[99] < 1.2, "{case}: {n_over} of 100, {:.3} the worst", ratios[99]);
        }
    }
}

/// Years that are empty before the records begin, at a slow source above all: each request that comes to nothing there is one
/// less that may be wasted on chains side by side, and a run of few chains waits. Where pages are few, the answers
/// that have to be waited for one after the other are most of the time there is.
#[test]
fn empty_years_cost_little_time() {
    let mut worst = BTreeMap::new();
    for latency in [0.05, 0.7, 2.0] {
        for (n_pages, days) in
            [(1, 30), (10, 30), (20, 90), (70, 90), (70, 700), (150, 20), (300, 90), (300, 700)]
        {
            for years in [0, 1, 3, 6, 15] {
                for (name, order) in [("oldest", Order::OldestFirst), ("newest", Order::NewestFirst)] {
                    let (empty, n) = (years * 365 * DAY, n_pages * 100);
                    let times = (0..n).map(|number| empty + by_day(number * days * DAY / n)).collect();
                    let source = Source { times, page: 100, order };
                    let whole = Window { from: at(0), until: at(empty + days * DAY) };
                    let (ratio, n_requests) = time_over_ideal(&source, whole, 3.0, latency);
                    let case =
                        format!("{years} years, {n_pages} pages in {days} days, {latency} s, {name} first");
                    assert!(
                        as_f64(n_requests) <= 1.25 * n_pages as f64 + 10.0,
                        "{case}: {n_requests} requests"
                    );
                    // One request is no time at all.
                    let ratio = if n_requests > 1 { ratio } else { 0.0 };
                    let pages = if n_pages < 70 { "few" } else { "many" };
                    let most: f64 = match (pages, name) {
                        ("many", "oldest") => 1.10,
                        ("many", _) => 1.20,
                        _ => 2.7,
                    };
                    assert!(ratio <= most, "{case}: {ratio:.3} with {n_requests} requests");
                    let of_kind = worst.entry((name, pages, latency.to_string())).or_insert(0.0f64);
                    *of_kind = of_kind.max(ratio);
                }
            }
        }
    }
    for ((name, pages, latency), ratio) in worst {
        println!(
            "figure empty_years_time_over_ideal_at_worst_{pages}_pages_{latency}s_{name}_first {ratio:.3}"
        );
    }
}

/// Before the first answer nothing is known of a stretch that is too short to be cut blindly, and one chain is open.
#[test]
fn a_short_stretch_is_cut_once_it_proves_dense() {
    for (latency, most) in [(0.05, 1.05), (0.7, 1.1), (2.0, 1.25)] {
        let source = Source {
            times: (0..7000).map(|number| number * 25).collect(),
            page: 100,
            order: Order::OldestFirst,
        };
        let (ratio, n_requests) =
            time_over_ideal(&source, Window { from: at(0), until: at(175_000) }, 3.0, latency);
        println!("figure simulated_time_over_ideal_two_days_70_pages_{latency}s {ratio:.3}");
        assert!(ratio < most, "{latency} s: {ratio:.3} with {n_requests} requests");
    }
}
