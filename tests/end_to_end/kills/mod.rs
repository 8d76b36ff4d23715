//! The binary is killed again and again, at every point of a run that can be seen from outside and at random ones, while
//! somebody reads the tables all the while. No row is lost, doubled or invented, and no file is seen that does not read.
//!
//! The steps within a load are interrupted one by one in the loader's own tests; here it is a real process that dies.

pub(crate) mod point;
mod reader;
mod scenes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use crate::lake::{Contents, Lake};
use point::{Dice, Point};
use reader::Reader;
use scenes::Scene;

/// Kills of each scene, at the least.
const KILLS: u32 = 52;
/// Rounds after which no scene goes on for the sake of a point at which no process was killed yet.
const ROUNDS_MAX: u32 = 30;

/// What is counted over all scenes.
#[derive(Debug, Default)]
struct Counts {
    kills: BTreeMap<&'static str, u64>,
    lost: u64,
    doubled: u64,
    invented: u64,
    unreadable: u64,
    /// How often the reader saw the tables whole.
    looks: u64,
}

#[test]
fn no_kill_loses_doubles_or_invents_a_row_or_shows_a_file_that_does_not_read() {
    let counts = Mutex::new(Counts::default());
    std::thread::scope(|threads| {
        for scene in scenes::all() {
            let counts = &counts;
            threads.spawn(move || play(scene, counts));
        }
    });
    let Counts { kills, lost, doubled, invented, unreadable, looks } = counts.into_inner().unwrap();
    let all: u64 = kills.values().sum();
    println!("figure kills {all}");
    for (point, count) in &kills {
        println!("figure kills_{point} {count}");
    }
    println!("figure kill_rows_lost {lost}");
    println!("figure kill_rows_doubled {doubled}");
    println!("figure kill_rows_invented {invented}");
    println!("figure kill_files_unreadable {unreadable}");
    println!("figure kill_reader_looks {looks}");
    assert!(all >= 200, "only {all} processes were killed: {kills:?}");
    for point in Point::ALL.map(Point::name) {
        assert!(kills.contains_key(point), "no process was killed at `{point}`: {kills:?}");
    }
    assert!(looks > 100, "the reader looked only {looks} times");
    assert_eq!((lost, doubled, invented, unreadable), (0, 0, 0, 0));
}

/// Rounds of kills, each ended by a run that comes through; then the lake holds what it should, no more and no less.
fn play(mut scene: Scene, counts: &Mutex<Counts>) {
    // On a real disk, where a step takes its time.
    let lake = Lake::on_disk();
    let mut dice = Dice::new(scene.seed());
    let mut kills = 0;
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut round = 0;
    while kills < KILLS || round < ROUNDS_MAX && lacks_a_point(counts) {
        round += 1;
        scene.change(round);
        let expected = scene.expected();
        known.extend(texts(&expected));
        let reader = Reader::start(lake.path(), known.clone());
        for point in Point::ALL {
            let point = point.or_any(&mut dice);
            if let Some(name) = point.kill(scene.start(&lake), &lake, &mut dice) {
                kills += 1;
                *counts.lock().unwrap().kills.entry(name).or_default() += 1;
            }
        }
        scene.run(&lake);
        let seen = reader.stop();
        let found = count(&texts(&lake.contents()).collect::<Vec<_>>());
        let expected = count(&texts(&expected).collect::<Vec<_>>());
        let mut counts = counts.lock().unwrap();
        counts.unreadable += seen.unreadable;
        counts.doubled += seen.doubled + more(&found, &expected, |expected| expected > 0);
        counts.invented += seen.invented + more(&found, &expected, |expected| expected == 0);
        counts.lost += more(&expected, &found, |_| true);
        counts.looks += seen.looks;
        drop(counts);
    }
    scene.is_sound(&lake);
}

/// True while there is a point at which no process was killed.
fn lacks_a_point(counts: &Mutex<Counts>) -> bool {
    let counts = counts.lock().unwrap();
    Point::ALL.iter().any(|point| !counts.kills.contains_key(point.name()))
}

/// How much more often rows stand on one side than on the other.
fn more(side: &BTreeMap<String, u64>, other: &BTreeMap<String, u64>, counts: impl Fn(u64) -> bool) -> u64 {
    let of = |row: &String| other.get(row).copied().unwrap_or_default();
    side.iter().filter(|(row, _)| counts(of(row))).map(|(row, times)| times.saturating_sub(of(row))).sum()
}

fn count(rows: &[String]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.clone()).or_default() += 1;
    }
    counts
}

/// Each row as one text, with its table.
fn texts(contents: &Contents) -> impl Iterator<Item = String> + '_ {
    contents.iter().flat_map(|(table, rows)| rows.iter().map(move |row| reader::text(table, row)))
}
