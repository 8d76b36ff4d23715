//! Faults of a source as data: what becomes of the run, and how many requests it makes. The letters and numbers are those
//! of `docs/faults.md`, which also says what is covered elsewhere and what is not.

mod answers;
mod case;
pub(crate) mod clocks;
mod meaning;
mod networks;
mod states;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

/// A case by its name, and how it is played: what is wrong with how it went, `None` if nothing is.
type Check = (&'static str, Box<dyn FnOnce() -> Option<String> + Send>);

/// Most of the time is waiting between attempts.
const AT_ONCE: usize = 12;

#[test]
fn every_fault_has_its_outcome_and_its_number_of_requests() {
    let mut checks: Vec<Check> = networks::checks();
    for cases in [answers::cases(), meaning::cases()] {
        checks.extend(cases.iter().filter_map(case::Case::among_habits).map(case::Case::check));
        checks.extend(cases.into_iter().map(case::Case::check));
    }
    checks.extend(states::checks());
    checks.extend(clocks::checks());
    let n_cases = checks.len();
    let (left, failed) = (Mutex::new(checks.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().next();
                    let Some((name, play)) = next else { break };
                    // A case that ends in a panic is one that failed, and the others go on.
                    let outcome = catch_unwind(AssertUnwindSafe(play));
                    let wrong = outcome.unwrap_or_else(|panic| Some(told(&*panic)));
                    failed.lock().unwrap().extend(wrong.map(|how| format!("{name}: {how}")));
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    println!("figure extract_fault_cases {n_cases}");
    println!("figure extract_fault_cases_right {}", n_cases - failed.len());
    assert!(failed.is_empty(), "{} of {n_cases}:\n{}", failed.len(), failed.join("\n"));
}

fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}
