//! What is said where something is wrong: each situation with its command, its exit code and all that is printed, held
//! against `expected.txt`. `CONVOLAKE_WRITE_EXPECTED=1` writes that file anew, to be read line by line before it is kept.

mod case;
mod command_line;
mod lakes;
mod mask;
mod pipelines;
mod sources;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;

use self::case::{Case, World};
use crate::field::words::FOREIGN;

/// As many at once as there are; most of them wait.
const AT_ONCE: usize = 8;

#[test]
fn every_message_is_as_it_was_read() {
    let world = World::start();
    let parts: [(&str, Vec<Case>); 4] = [
        ("The command line", command_line::cases()),
        ("Pipelines and settings", pipelines::cases()),
        ("The source", sources::cases()),
        ("Lakes, files and folders", lakes::cases()),
    ];
    let mut told = String::new();
    for (title, cases) in parts {
        told.push_str(&format!("==== {title}\n\n"));
        for text in all_told(cases, &world) {
            told.push_str(&text);
            told.push('\n');
        }
    }
    for secret in ["S3cret", "simulator\""] {
        assert!(!told.contains(secret), "a secret is shown: {told}");
    }
    let foreign: Vec<&&str> = FOREIGN.iter().filter(|word| told.contains(**word)).collect();
    assert!(foreign.is_empty(), "words of libraries, {foreign:?}: {told}");

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/end_to_end/messages/expected.txt");
    if std::env::var_os("CONVOLAKE_WRITE_EXPECTED").is_some() {
        std::fs::write(&path, &told).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let differing: Vec<&str> =
        told.split("\n\n").filter(|told| !expected.split("\n\n").any(|kept| kept == *told)).collect();
    assert!(told == expected, "not as in expected.txt:\n\n{}", differing.join("\n\n"));
}

/// What each case tells, in the order of the cases.
fn all_told(cases: Vec<Case>, world: &World) -> Vec<String> {
    let n_cases = cases.len();
    let waiting: Mutex<VecDeque<_>> = Mutex::new(cases.into_iter().enumerate().collect());
    let told = Mutex::new(vec![String::new(); n_cases]);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap().pop_front();
                    let Some((at, case)) = next else { return };
                    let text = case.told(world);
                    told.lock().unwrap()[at] = text;
                }
            });
        }
    });
    told.into_inner().unwrap()
}
