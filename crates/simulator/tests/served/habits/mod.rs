//! What each habit does to answers.

mod control;
mod ends;
mod failures;
mod limits;
mod refusals;
mod reopened;
mod values;
mod views;

use convolake_simulator::{Corpus, Generator, HabitPlan, Habits, SimulatorConfig, Stream};
use serde_json::Value;

use crate::scene::{Scene, unlimited};

/// A small world without odd records, and these habits at one endpoint.
fn scene(stream: Stream, habits: Habits) -> Scene {
    scene_of(HabitPlan::at(stream, habits))
}

fn scene_of(habits: HabitPlan) -> Scene {
    Scene::of(SimulatorConfig { habits, ..tidy() })
}

fn tidy() -> SimulatorConfig {
    unlimited(Corpus::Generated(Generator { odd_share: 0.0, ..Generator::new(7, 60) }))
}

/// Ids of a stream's conversations in served order.
fn ids(scene: &Scene, stream: Stream) -> Vec<String> {
    let records = scene.running.records(stream).into_iter();
    records.map(|text| id(&serde_json::from_slice(&text).unwrap()).to_owned()).collect()
}

/// The id of a conversation's record.
fn id(record: &Value) -> &str {
    ["/metadata/ID", "/ID", "/_id"].iter().find_map(|at| record.pointer(at)).unwrap().as_str().unwrap()
}

/// The habits that shaped the last answer.
fn used(scene: &Scene) -> Vec<&'static str> {
    scene.running.ledger().requests().last().unwrap().habits.clone()
}
