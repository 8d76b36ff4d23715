//! What is done while it is killed.

use std::path::PathBuf;

use convolake_simulator::{
    ChangeRequest, ContentEncoding, End, Envelope, HabitPlan, Habits, Limit, PageSize, Place, Reset,
    ResetUnit, UrlLength,
};
use serde_json::json;
use tempfile::TempDir;

use crate::convolake::{Convolake, Started, param};
use crate::lake::{Contents, Lake};
use crate::source::{Source, lately};

/// Something that is begun, killed and begun again.
pub(crate) enum Scene {
    /// Pulls a pipeline whose records change.
    Pull { pipeline: &'static str, streams: &'static [&'static str], source: Source },
    /// Flattens a file in which conversations are of another day each time, so that their rows move.
    Move { folder: TempDir, day: u32, buckets: u32 },
}

pub(crate) fn all() -> Vec<Scene> {
    let pull = |pipeline, streams| Scene::Pull { pipeline, streams, source: Source::of_small_pages(25) };
    let moves = |buckets| Scene::Move { folder: TempDir::new().unwrap(), day: 1, buckets };
    // A conversation of AgentX that went on is not asked for again, so only its messages are the same however they came.
    let agentx = pull("agentx", &["--stream", "messages"]);
    vec![agentx, pull("convocore", &[]), moves(1), moves(4)]
}

impl Scene {
    pub(crate) fn seed(&self) -> u64 {
        match self {
            Self::Pull { pipeline, .. } => pipeline.len() as u64,
            Self::Move { buckets, .. } => 100 + u64::from(*buckets),
        }
    }

    /// Makes the source another.
    pub(crate) fn change(&mut self, round: u32) {
        match self {
            Self::Pull { source, .. } => {
                let has_habits = round.is_multiple_of(2);
                source.running.set_habits(&if has_habits { habits() } else { HabitPlan::default() });
                drop(source.running.change(ChangeRequest {
                    percent: 30.0,
                    seed: round.into(),
                    at: lately(),
                }));
            }
            Self::Move { folder, day, .. } => {
                *day = 1 + round % 9;
                std::fs::write(pages(folder), page(*day)).unwrap();
            }
        }
    }

    /// What a lake nobody disturbs has in the end.
    pub(crate) fn expected(&self) -> Contents {
        let lake = Lake::new();
        self.run(&lake);
        lake.contents()
    }

    pub(crate) fn start(&self, lake: &Lake) -> Started {
        self.call(lake).start()
    }

    pub(crate) fn run(&self, lake: &Lake) {
        self.call(lake).ends(0);
    }

    fn call(&self, lake: &Lake) -> Convolake {
        match self {
            Self::Pull { pipeline, streams, source } => Convolake::pull(pipeline, source, lake).args(streams),
            Self::Move { folder, buckets, .. } => Convolake::new(&["flatten", "agentx/conversations"])
                .arg(pages(folder))
                .arg("--to")
                .arg(lake.path())
                .set(param("agentx"))
                .set(&format!("buckets={buckets}")),
        }
    }

    /// `verify` has nothing to say.
    pub(crate) fn is_sound(&self, lake: &Lake) {
        Convolake::new(&["verify", "--to"]).arg(lake.path()).ends(0);
    }
}

/// What a source is like in every second round: habits that leave its records as they are.
fn habits() -> HabitPlan {
    let reset = Reset { header: "X-RateLimit-Reset".to_owned(), unit: ResetUnit::EpochSeconds };
    HabitPlan::everywhere(&Habits {
        limit: Some(Limit { requests: 100, per_s: 1.0, status: 429, tells: vec![reset] }),
        end: Some(End { past_end: Some(404), null_data: true, ..End::default() }),
        url_length: Some(UrlLength { bytes: 250, status: 414 }),
        page_size: Some(PageSize { refused_above: Some(50), status: 422, cap: None }),
        content_encoding: Some(ContentEncoding("UTF-8".to_owned())),
        envelope: Some(Envelope { fields: serde_json::Map::new(), place: Place::Behind }),
        ..Habits::default()
    })
}

fn pages(folder: &TempDir) -> PathBuf {
    folder.path().join("conversations.json")
}

/// Forty conversations over four days, the first of which is given.
fn page(day: u32) -> String {
    let records = (0..40).map(|number| {
        let start = 1_740_000_000 + 86_400 * (day + number % 4);
        json!({"_id": format!("c{number:02}"), "startTime": start, "locale": format!("day {day}")})
    });
    json!({"success": true, "data": records.collect::<Vec<_>>()}).to_string()
}
