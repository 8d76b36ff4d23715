//! Pulls on a simulated clock.

use jiff::SignedDuration;

use super::source::{Source, seen};
use crate::plan::splitting::tuning::Tuning;
use crate::plan::splitting::{Cut, Cutter};
use crate::plan::{Window, as_f64};

/// Seconds between the first request and the last over what they take at full rate, on a clock of its own: chains
/// wait for their answers, and another is begun whenever a start is free that nobody has reserved.
pub(super) fn time_over_ideal(source: &Source, whole: Window, rate: f64, latency: f64) -> (f64, u64) {
    time_over_ideal_with(Tuning::default(), source, whole, rate, latency)
}

/// The same of a cutter that decides by other numbers.
pub(super) fn time_over_ideal_with(
    tuning: Tuning,
    source: &Source,
    whole: Window,
    rate: f64,
    latency: f64,
) -> (f64, u64) {
    let spacing = 1.03 / rate;
    let mut cutter = Cutter::with_tuning(vec![whole], SignedDuration::from_hours(24), tuning);
    // Answers to come: when, window, pages, page.
    let mut under_way: Vec<(f64, Window, Vec<Vec<i64>>, usize)> = Vec::new();
    let (mut clock, mut next_free, mut n_requests, mut last, mut may_begin) =
        (0.0f64, 0.0f64, 0u64, 0.0f64, true);
    loop {
        let first_answer = (0..under_way.len()).min_by(|a, b| under_way[*a].0.total_cmp(&under_way[*b].0));
        let is_idle_first = first_answer.is_none_or(|place| next_free < under_way[place].0);
        if may_begin && is_idle_first && under_way.len() < 16 {
            let Some(window) = cutter.next(under_way.len() + 1) else {
                may_begin = false;
                continue;
            };
            clock = clock.max(next_free);
            under_way.push((clock + latency, window, source.pages(window), 0));
            (next_free, n_requests, last) = (clock + spacing, n_requests + 1, last.max(clock));
            continue;
        }
        let Some(place) = first_answer else { break };
        let (now, window, pages, page) = under_way.swap_remove(place);
        clock = now;
        let leads_on = page + 1 < pages.len();
        let records = seen(&pages[page]);
        let cut = match page {
            0 => cutter.first_page(window, &records, leads_on),
            _ => {
                cutter.page(window, records.len(), leads_on);
                Cut::Keep
            }
        };
        if cut == Cut::Keep && leads_on {
            let start = now.max(next_free);
            (next_free, n_requests, last) = (start + spacing, n_requests + 1, last.max(start));
            under_way.push((start + latency, window, pages, page + 1));
        } else {
            may_begin = true;
        }
    }
    (last / (as_f64(n_requests - 1) / rate), n_requests)
}
