//! What a lake holds in the end, held against what its source has.

use std::collections::BTreeSet;

use convolake_simulator::{HabitPlan, Habits, PoisonKind, Stream};
use serde_json::Value;

use crate::convolake::Convolake;
use crate::lake::{Contents, Lake, TABLES};
use crate::source::{PIPELINES, Source};

/// The rows that a lake has of a source that has no habits but those that change its data for good, without those of records
/// that are no JSON.
pub(super) struct Truth {
    pipeline: &'static str,
    rows: Contents,
    poisoned: [(Stream, BTreeSet<String>); 2],
}

impl Truth {
    /// Switches all habits off that do not change the data for good.
    pub(super) fn of(source: &Source, pipeline: &'static str) -> Self {
        let streams = PIPELINES.into_iter().find(|(name, _)| *name == pipeline).unwrap().1;
        let poisoned = streams.map(|stream| {
            let concerned = source.running.concerned(stream).remove("poison");
            let is_rejected = source.running.habits().endpoints.get(&stream).is_some_and(is_no_json);
            (stream, concerned.filter(|_| is_rejected).into_iter().flatten().collect())
        });
        source.running.set_habits(&lasting(&source.running.habits()));
        let lake = Lake::new();
        Convolake::pull(pipeline, source, &lake).ends_somehow();
        Self { pipeline, rows: lake.contents(), poisoned }
    }

    /// The lake holds these rows, each once, and no other.
    #[track_caller]
    pub(super) fn is_held_by(&self, lake: &Lake) {
        let found = lake.contents();
        for table in TABLES {
            let expected = self.comparable(table, &self.rows);
            let found = self.comparable(table, &found);
            let [missing, invented] = [(&expected, &found), (&found, &expected)].map(|(side, other)| {
                side.iter().filter(|row| other.binary_search(row).is_err()).collect::<Vec<_>>()
            });
            let example =
                |rows: &[&String]| rows.first().map(|row| row.chars().take(800).collect::<String>());
            assert!(
                missing.is_empty() && invented.is_empty() && found.len() == expected.len(),
                "{table}: {} rows of {}; {} missing, as {:?}; {} others, as {:?}",
                found.len(),
                expected.len(),
                missing.len(),
                example(&missing),
                invented.len(),
                example(&invented)
            );
        }
    }

    /// The rows as texts, sorted.
    fn comparable(&self, table: &'static str, contents: &Contents) -> Vec<String> {
        let rows = contents[table].iter().filter(|row| !self.is_poisoned(table, row)).cloned();
        let mut texts: Vec<String> =
            rows.map(|row| canonical(&self.without_what_differs(table, row))).collect();
        texts.sort_unstable();
        texts
    }

    /// True for the row of a record that is no JSON.
    fn is_poisoned(&self, table: &str, row: &Value) -> bool {
        let [(_, first), (_, second)] = &self.poisoned;
        // AgentX: conversations and their messages; Convocore: the list, and conversations with all that they hold.
        let (ids, column) = match (self.pipeline, table) {
            ("agentx", "messages") => (second, "message_id"),
            ("agentx", _) | (_, "leads") => (first, "conversation_id"),
            _ => (second, "conversation_id"),
        };
        row[column].as_str().is_some_and(|id| ids.contains(id))
    }

    /// Signatures differ in each answer, and so may the order of keys within a JSON column. A conversation of AgentX that goes
    /// on long after it began is asked for again only while it is open, so of these the key alone is compared.
    fn without_what_differs(&self, table: &str, mut row: Value) -> Value {
        if self.pipeline == "agentx" && table == "conversations" {
            return row["conversation_id"].take();
        }
        for (name, value) in row.as_object_mut().unwrap() {
            if name == "user_image_url" {
                *value = Value::Null;
            } else if let Some(Ok(mut json)) = value.as_str().map(serde_json::from_str::<Value>)
                && (json.is_object() || json.is_array())
            {
                if let Some(members) = json.as_object_mut() {
                    members.remove("userImage");
                }
                let is_empty = json.as_object().is_some_and(serde_json::Map::is_empty);
                *value = if is_empty { Value::Null } else { json };
            }
        }
        row
    }
}

/// JSON with the members of its objects in the order of their names.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().map(|(name, value)| (name, canonical(value))).collect();
            members.sort_unstable();
            let members = members.into_iter().map(|(name, value)| format!("{name:?}:{value}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// True where the records that are poisoned cannot be read.
fn is_no_json(habits: &Habits) -> bool {
    habits.poison.as_ref().is_some_and(|poison| poison.kind != PoisonKind::DuplicateKey)
}

/// The habits that change the data for good.
fn lasting(plan: &HabitPlan) -> HabitPlan {
    plan.endpoints.iter().fold(HabitPlan::default(), |lasting, (endpoint, habits)| {
        let poison = habits.poison.clone().filter(|_| !is_no_json(habits));
        let Habits { dead_ids, heavy, odd_values, .. } = habits.clone();
        lasting.and(*endpoint, Habits { dead_ids, heavy, odd_values, poison, ..Habits::default() })
    })
}
