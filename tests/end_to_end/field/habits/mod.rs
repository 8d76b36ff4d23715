//! Every habit of a source, played end to end: alone, and all of them at once.

mod all_at_once;
mod converged;
mod rows;

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use convolake_simulator::{ChangeRequest, HabitPlan};

use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;
use crate::source::{Source, lately};
use converged::Truth;
use rows::Row;

/// Plays at a time; most of the time is waiting between attempts.
const AT_ONCE: usize = 6;
const CONVERSATIONS: u64 = 25;

/// Three runs, each with the habit on but the last two where the row says so; a tenth of the conversations go on after the first.
#[test]
fn every_habit_has_its_exit_codes_and_leaves_what_the_source_has() {
    let rows = rows::all();
    let played: BTreeSet<String> = rows.iter().flat_map(|row| names(&row.habits)).collect();
    let known: BTreeSet<String> =
        names(&all_at_once::plan("agentx")).union(&names(&all_at_once::plan("convocore"))).cloned().collect();
    assert_eq!(played, known, "each habit has a row");
    let n_rows = rows.len();
    let (left, failed) = (Mutex::new(rows.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().next();
                    let Some(row) = next else { break };
                    let outcome = catch_unwind(AssertUnwindSafe(|| play(&row)));
                    let wrong = outcome
                        .err()
                        .map(|panic| format!("{}, {}: {}", row.name, row.pipeline, told(&*panic)));
                    failed.lock().unwrap().extend(wrong);
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    println!("figure habits_played {n_rows}");
    assert!(failed.is_empty(), "{} of {n_rows}:\n{}", failed.len(), failed.join("\n"));
}

fn play(row: &Row) {
    let source = Source::of_small_pages(CONVERSATIONS);
    source.running.set_habits(&row.habits);
    let lake = Lake::new();
    let mut ended: Vec<Ended> = Vec::new();
    for n_before in 0..3 {
        if n_before == 1 {
            drop(source.running.change(ChangeRequest { percent: 10.0, seed: 1, at: lately() }));
        }
        if n_before == 1 && row.is_lifted {
            source.running.set_habits(&HabitPlan::default());
        }
        ended.push(Convolake::pull(row.pipeline, &source, &lake).ends_somehow());
    }
    let codes: Vec<Option<i32>> = ended.iter().map(|ended| ended.code).collect();
    assert_eq!(codes, row.codes.map(Some), "exit codes; {}", ended[0]);
    for text in row.says {
        assert!(ended.iter().any(|ended| ended.stdout.contains(text)), "nothing says `{text}`; {}", ended[0]);
    }
    Truth::of(&source, row.pipeline).is_held_by(&lake);
}

/// The habits that are on anywhere.
fn names(plan: &HabitPlan) -> BTreeSet<String> {
    let plan = serde_json::to_value(plan).unwrap();
    let endpoints = plan.as_object().unwrap().values();
    endpoints.flat_map(|habits| habits.as_object().unwrap().keys().cloned()).collect()
}

fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}
