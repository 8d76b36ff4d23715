//! Freshness and volume.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::shop::{Shop, note};

/// So many notes of a day, at noon UTC or at another hour.
fn notes_of(day: Date, hour: i8, count: usize) -> Vec<Value> {
    let at = day.at(hour, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    (0..count).map(|number| note(&format!("{day}-{hour}-{number}"), json!({"at": at.to_string()}))).collect()
}

/// Each day before the Wednesday of the test has so many notes, weekends a tenth of it.
fn weeks(count: usize) -> Vec<Value> {
    let first = Date::constant(2025, 5, 1);
    let days = (0..41).map(|number| first.checked_add(number.days()).unwrap());
    let notes = days.flat_map(|day| {
        let is_weekend = day.weekday().to_monday_one_offset() > 5;
        notes_of(day, 12, if is_weekend { count / 10 } else { count })
    });
    notes.collect()
}

const USUAL: &str = "usual: { volume: { column: sent_at } }";

fn without(notes: Vec<Value>, day: &str) -> Vec<Value> {
    notes.into_iter().filter(|note| !note["at"].as_str().unwrap().starts_with(day)).collect()
}

#[test]
fn a_day_as_any_other_passes_and_the_weekend_is_no_measure() {
    let found = Shop::new(USUAL).with(&weeks(30)).check();
    assert_eq!((&found["outcome"], &found["rows"]), (&json!("passed"), &json!(30)), "{found:#}");
    assert!(
        found["words"].as_str().unwrap().starts_with("2025-06-10 has 30 rows; the 4 Tuesdays before"),
        "{found:#}"
    );
}

/// A day without rows has no row in a group by, and was not looked at.
#[test]
fn a_day_without_any_row_fails() {
    let mut notes = without(weeks(30), "2025-06-10");
    // Today has begun, and is no whole day.
    notes.extend(notes_of(Date::constant(2025, 6, 11), 8, 50));
    let found = Shop::new(USUAL).with(&notes).check();
    assert_eq!((&found["outcome"], &found["rows"]), (&json!("failed"), &json!(0)), "{found:#}");
    assert!(found["words"].as_str().unwrap().contains("was it a holiday?"), "{found:#}");
}

/// One of the days before was a holiday: the day is held against the others.
#[test]
fn a_holiday_before_is_no_measure() {
    let found = Shop::new(USUAL).with(&without(weeks(30), "2025-06-03")).check();
    assert_eq!(found["outcome"], "passed", "{found:#}");
}

/// elementary-data/elementary#1227 and its like: a new or quiet source raised alarms.
#[test]
fn of_a_new_or_quiet_source_nothing_is_judged() {
    let new: Vec<Value> =
        weeks(30).into_iter().filter(|note| note["at"].as_str().unwrap() > "2025-06-01").collect();
    let found = Shop::new(USUAL).with(&new).check();
    assert_eq!(found["outcome"], "not_judged", "{found:#}");
    assert!(found["words"].as_str().unwrap().contains("3 are needed"), "{found:#}");
    let quiet = without(weeks(4), "2025-06-10");
    let found = Shop::new(USUAL).with(&quiet).check();
    assert_eq!(found["outcome"], "not_judged", "{found:#}");
    assert!(found["words"].as_str().unwrap().contains("too few"), "{found:#}");
}

/// The day that the lake was complete last counts, not the day on which somebody looks.
#[test]
fn a_lake_that_nobody_runs_has_no_empty_yesterday() {
    let shop = Shop::new(USUAL).with(&weeks(30));
    let (report, code) = shop.checks_at("2025-07-20T09:00:00Z", &[]);
    assert_eq!((&report["tables"][0]["checks"][0]["outcome"], code), (&json!("passed"), 0), "{report:#}");
}

const FRESH: &str = "fresh: { freshness: { column: sent_at, at_most: 2d } }";

#[test]
fn what_is_old_fails_whatever_the_zone_it_was_written_in() {
    // 23:30 of the 9th in UTC: a day and a half before.
    let notes = [note("1", json!({"at": "2025-06-10T08:30:00+09:00"}))];
    let shop = Shop::new(FRESH).with(&notes);
    assert_eq!(shop.check()["outcome"], "passed");
    let (report, code) = shop.checks_at("2025-06-12T09:00:00Z", &[]);
    assert_eq!((&report["tables"][0]["checks"][0]["outcome"], code), (&json!("failed"), 66), "{report:#}");
}

/// One clock that is years ahead hid that all others stood still.
#[test]
fn what_is_yet_to_come_does_not_count_as_fresh() {
    let notes =
        [note("1", json!({"at": "2025-05-01T00:00:00Z"})), note("2", json!({"at": "2031-01-01T00:00:00Z"}))];
    let found = Shop::new(FRESH).with(&notes).check();
    assert_eq!(found["outcome"], "failed");
    assert!(found["words"].as_str().unwrap().contains("1 rows lie in the time to come"), "{found:#}");
}

/// rocky-data/rocky#1975, PostHog/posthog#74691: rows without a time passed as fresh.
#[test]
fn rows_without_a_time_are_not_fresh() {
    let found = Shop::new(FRESH).with(&[note("1", json!({"at": null}))]).check();
    assert_eq!((&found["outcome"], &found["rows"]), (&json!("failed"), &json!(1)), "{found:#}");
}

#[test]
fn the_days_are_as_the_zone_has_them() {
    // All notes of a day at 23:00 UTC are those of the next day in Berlin.
    let first = Date::constant(2025, 5, 1);
    let notes: Vec<Value> =
        (0..41).flat_map(|number| notes_of(first.checked_add(number.days()).unwrap(), 23, 30)).collect();
    let shop = Shop::new(USUAL);
    let pipeline = std::fs::read_to_string(shop.pipeline()).unwrap();
    std::fs::write(shop.pipeline(), format!("{pipeline}meaning: {{ zone: Europe/Berlin }}\n")).unwrap();
    let found = shop.with(&without(notes, "2025-06-10")).check();
    assert_eq!((&found["outcome"], &found["rows"]), (&json!("passed"), &json!(30)), "{found:#}");
}
