//! A lake that is run daily for years: what a run costs follows what changed.
//!
//! Days are played: the simulator is given each day's conversations, and the binary a clock that shows its end. Both built-in
//! pipelines run once a day with their own defaults, full walks included. `cargo xtask bench scale` plays two years, the tests some
//! weeks.

mod figures;
mod known_rows;
mod years;

use crate::lake::Lake;
use crate::s3::store::Store;
use figures::Figure;
use years::Years;

/// The days that `cargo xtask bench scale` plays on disk, and in a bucket.
const DAYS: &str = "CONVOLAKE_SCALE_DAYS";
const DAYS_IN_BUCKET: &str = "CONVOLAKE_SCALE_DAYS_IN_BUCKET";
/// What later days are held against: the days around this one.
const EARLY: usize = 30;
/// Days whose median is told, so that no single one decides.
const SPAN: usize = 5;

#[test]
fn some_weeks_of_daily_runs_are_read_back() {
    let mut years = Years::begin(Lake::new(), None);
    (0..22).for_each(|_| years.day());
    let spans = years.spans(10);
    println!("figure scale_22_days_objects {}", years.n_objects());
    println!("figure scale_22_days_run_s {:.3}", spans.last.seconds);
    println!("figure scale_22_days_status_s {:.3}", years.status_seconds());
    years.holds_all();
}

#[test]
fn requests_to_a_bucket_do_not_grow_with_the_days() {
    let store = Store::start();
    let mut years = Years::begin(Lake::in_store(&store, "lake"), Some(store));
    (0..22).for_each(|_| years.day());
    let spans = years.spans(10);
    println!(
        "figure scale_22_days_in_bucket_requests {} on day 10, {} now",
        spans.early.requests, spans.last.requests
    );
    // Each listing shows a thousand objects.
    assert!(spans.last.requests <= spans.early.requests * 1.3, "{spans:?}");
    years.holds_all();
}

#[test]
#[ignore = "cargo xtask bench scale runs it, for minutes"]
fn bench() {
    let days = |name: &str, usual| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    known_rows::figures(40_000).into_iter().for_each(Figure::print);
    on_disk(days(DAYS, 730));
    in_bucket(days(DAYS_IN_BUCKET, 60));
}

fn on_disk(n_days: usize) {
    let mut years = Years::begin(Lake::on_disk(), None);
    for day in 0..n_days {
        years.day();
        if (day + 1).is_multiple_of(100) {
            eprintln!("{} days; the last took {:.3} s", day + 1, years.last().seconds);
        }
    }
    let spans = years.spans(EARLY);
    let name = |what: &str| format!("disk, {n_days} days: {what}");
    Figure::at_most(&name("objects in all"), years.n_objects() as f64, 2500.0).print();
    for (folder, n_objects) in years.objects_by_folder() {
        Figure::told(&name(&format!("objects below {folder}/")), n_objects as f64).print();
    }
    let raw = years.raw();
    Figure::at_most(&name("raw bytes / bytes of distinct records"), raw.over_distinct(), 1.2).print();
    Figure::told(&name("the same, both compressed"), raw.over_distinct_compressed()).print();
    Figure::told(&name(&format!("s of both runs, days around {EARLY}")), spans.early.seconds).print();
    Figure::told(&name("s of both runs, last days"), spans.last.seconds).print();
    Figure::at_most(&name("s, last days / early days"), spans.last.seconds / spans.early.seconds, 1.3)
        .print();
    Figure::at_most(&name("s of status"), years.status_seconds(), 0.2).print();
    Figure::at_most(&name("s of plan, both"), years.plan_seconds(), 0.4).print();
    years.holds_all();
}

fn in_bucket(n_days: usize) {
    let store = Store::start();
    let mut years = Years::begin(Lake::in_store(&store, "lake"), Some(store));
    (0..n_days).for_each(|_| years.day());
    let early = EARLY.min(n_days / 2);
    let spans = years.spans(early);
    let name = |what: &str| format!("bucket, {n_days} days: {what}");
    Figure::told(&name(&format!("requests of both runs, days around {early}")), spans.early.requests).print();
    Figure::told(&name("requests of both runs, last days"), spans.last.requests).print();
    Figure::at_most(
        &name("requests, last days / early days"),
        spans.last.requests / spans.early.requests,
        1.3,
    )
    .print();
    Figure::told(&name("s of both runs, last days"), spans.last.seconds).print();
    Figure::told(&name("requests of status, two pipelines"), years.status_requests() as f64).print();
    Figure::told(&name("requests of plan, both"), years.plan_requests() as f64).print();
    years.holds_all();
}
