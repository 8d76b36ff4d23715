//! What a [`Tuning`] yields, for a search over its values.

use super::simulation::time_over_ideal_with;
use super::source::{DAY, Order, Source, at, by_day, days, mixed_talks};
use crate::plan::splitting::tuning::Tuning;
use crate::plan::{Window, as_f64};

/// What simulated pulls took, over what they take at full rate; and requests over the pages they brought.
struct Yield {
    median: f64,
    worst: f64,
    /// Of 100 pulls, those that took more than 5 % longer than at full rate.
    slow_percent: f64,
    requests: f64,
}

fn sources() -> Vec<(Source, i64, f64)> {
    let mut sources = Vec::new();
    for n_pages in [70i64, 150, 300] {
        sources.push((days(n_pages * 100, 100), 90, n_pages as f64));
        sources.extend((0..20).map(|seed| (mixed_talks(n_pages, seed), 90, n_pages as f64)));
        for (years, order) in [(1, Order::OldestFirst), (6, Order::OldestFirst), (6, Order::NewestFirst)] {
            let (empty, n) = (years * 365 * DAY, n_pages * 100);
            let times = (0..n).map(|number| empty + by_day(number * 90 * DAY / n)).collect();
            sources.push((Source { times, page: 100, order }, years * 365 + 90, n_pages as f64));
        }
    }
    sources
}

fn yielded(tuning: Tuning, sources: &[(Source, i64, f64)]) -> Yield {
    let (mut ratios, mut requests) = (Vec::new(), 0.0);
    for (source, days, n_pages) in sources {
        for latency in [0.05, 0.7, 2.0] {
            let whole = Window { from: at(0), until: at(days * DAY) };
            let (ratio, n_requests) = time_over_ideal_with(tuning, source, whole, 3.0, latency);
            ratios.push(ratio);
            requests += as_f64(n_requests) / n_pages;
        }
    }
    ratios.sort_unstable_by(f64::total_cmp);
    let n_slow = ratios.iter().filter(|ratio| **ratio > 1.05).count();
    let n = ratios.len() as f64;
    Yield {
        median: ratios[ratios.len() / 2],
        worst: ratios[ratios.len() - 1],
        slow_percent: n_slow as f64 * 100.0 / n,
        requests: requests / n,
    }
}

/// A name, and the number of that name.
type Number = (&'static str, fn(&mut Tuning, f64));

const NUMBERS: [Number; 14] = [
    ("requests_wasted_per_window", |tuning, times| tuning.requests_wasted_per_window *= times),
    ("pages_per_window_max", |tuning, times| tuning.pages_per_window_max *= times),
    ("margin_pages", |tuning, times| tuning.margin_pages *= times),
    ("chain_shares_per_window", |tuning, times| tuning.chain_shares_per_window *= times),
    ("last_windows_below_pages", |tuning, times| tuning.last_windows_below_pages *= times),
    ("last_window_pages_min", |tuning, times| tuning.last_window_pages_min *= times),
    ("density_pages", |tuning, times| tuning.density_pages *= times),
    ("density_reach", |tuning, times| tuning.density_reach *= times),
    ("pages_kept", |tuning, times| tuning.pages_kept *= times),
    ("chain_length_ratio_max", |tuning, times| tuning.chain_length_ratio_max *= times),
    ("chain_share_max", |tuning, times| tuning.chain_share_max *= times),
    ("probed_above_windows", |tuning, times| scale(&mut tuning.probed_above_windows, times)),
    ("split_blindly_above_windows", |tuning, times| scale(&mut tuning.split_blindly_above_windows, times)),
    ("blind_parts", |tuning, times| scale(&mut tuning.blind_parts, times)),
];

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "small whole numbers")]
fn scale(number: &mut i64, times: f64) {
    *number = (*number as f64 * times).round() as i64;
}

/// One line for the defaults, and two for each number: a quarter smaller and a quarter larger.
#[test]
#[ignore = "a search; it prints figures and judges none"]
fn what_each_number_of_the_tuning_yields() {
    let sources = sources();
    let print = |name: &str, tuning| {
        let Yield { median, worst, slow_percent, requests } = yielded(tuning, &sources);
        println!(
            "{name:36} median {median:.3}  worst {worst:.3}  slow {slow_percent:5.1} %  requests a page {requests:.3}"
        );
    };
    print("default", Tuning::default());
    for (name, change) in NUMBERS {
        for times in [0.75, 1.25] {
            let mut tuning = Tuning::default();
            change(&mut tuning, times);
            print(&format!("{name} x {times}"), tuning);
        }
    }
}
