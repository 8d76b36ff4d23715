//! Pages of `convocore/export`, by the readers that know structs, iterators or tapes.

use serde::Deserialize;
use serde_json::value::RawValue;
use simd_json::prelude::*;
use sonic_rs::{JsonValueTrait, LazyValue};

use crate::taken::{Taken, there};

#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
struct Page<R> {
    data: Vec<Record<R>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
struct Record<R> {
    metadata: Metadata<R>,
    turns: Vec<Turn<R>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
struct Metadata<R> {
    #[serde(rename = "ID")]
    id: R,
    #[serde(default, deserialize_with = "there")]
    ts: Option<R>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
struct Turn<R> {
    messages: Vec<Message<R>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
struct Message<R> {
    #[serde(default, deserialize_with = "there")]
    r#type: Option<R>,
    #[serde(default, deserialize_with = "there")]
    payload: Option<R>,
    #[serde(default, deserialize_with = "there")]
    ts: Option<R>,
}

impl<R> Page<R> {
    fn taken(&self, raw: impl Fn(&R) -> &str) -> Taken {
        let mut taken = Taken::default();
        for record in &self.data {
            taken.records += 1;
            taken.text(raw(&record.metadata.id));
            record.metadata.ts.iter().for_each(|ts| taken.raw(raw(ts)));
            for message in record.turns.iter().flat_map(|turn| &turn.messages) {
                taken.messages += 1;
                message.r#type.iter().for_each(|word| taken.text(raw(word)));
                message.payload.iter().chain(&message.ts).for_each(|value| taken.raw(raw(value)));
            }
        }
        taken
    }
}

pub(crate) fn serde_json(text: &str) -> Option<Taken> {
    Some(serde_json::from_str::<Page<&RawValue>>(text).ok()?.taken(|raw| raw.get()))
}

pub(crate) fn sonic_structs(body: &[u8]) -> Option<Taken> {
    Some(sonic_rs::from_slice::<Page<LazyValue<'_>>>(body).ok()?.taken(LazyValue::as_raw_str))
}

/// Members are asked for as they come; entering a value reads it again.
pub(crate) fn sonic_iterators(body: &[u8]) -> Option<Taken> {
    let mut taken = Taken::default();
    for member in sonic_rs::to_object_iter(body) {
        let (key, value) = member.ok()?;
        if key != "data" {
            continue;
        }
        for record in value.into_array_iter()? {
            taken.records += 1;
            for member in record.ok()?.into_object_iter()? {
                let (key, value) = member.ok()?;
                match &*key {
                    "metadata" => {
                        for member in value.into_object_iter()? {
                            let (key, value) = member.ok()?;
                            match &*key {
                                "ID" => taken.text(value.as_raw_str()),
                                "ts" => taken.raw(value.as_raw_str()),
                                _ => {}
                            }
                        }
                    }
                    "turns" => sonic_turns(value, &mut taken)?,
                    _ => {}
                }
            }
        }
    }
    Some(taken)
}

fn sonic_turns(turns: LazyValue<'_>, taken: &mut Taken) -> Option<()> {
    for turn in turns.into_array_iter()? {
        for member in turn.ok()?.into_object_iter()? {
            let (key, value) = member.ok()?;
            if key != "messages" || !value.is_array() {
                continue;
            }
            for message in value.into_array_iter()? {
                taken.messages += 1;
                for member in message.ok()?.into_object_iter()? {
                    let (key, value) = member.ok()?;
                    match &*key {
                        "type" => taken.text(value.as_raw_str()),
                        "payload" | "ts" => taken.raw(value.as_raw_str()),
                        _ => {}
                    }
                }
            }
        }
    }
    Some(())
}

pub(crate) fn simd_json(tape: &simd_json::Tape<'_>) -> Option<Taken> {
    let mut taken = Taken::default();
    for record in tape.as_value().get("data")?.as_array()?.iter() {
        taken.records += 1;
        let record = record.as_object()?;
        let metadata = record.get("metadata")?;
        let metadata = metadata.as_object()?;
        taken.quoted(Some(metadata.get("ID")?.as_str()?));
        std::hint::black_box(metadata.get("ts").and_then(|ts| ts.as_i64()));
        for turn in record.get("turns")?.as_array()?.iter() {
            for message in turn.as_object()?.get("messages")?.as_array()?.iter() {
                taken.messages += 1;
                for (key, value) in message.as_object()?.iter() {
                    match key {
                        "type" => taken.quoted((!value.is_null()).then(|| value.as_str()).flatten()),
                        "ts" => {
                            std::hint::black_box(value.as_str());
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    Some(taken)
}
