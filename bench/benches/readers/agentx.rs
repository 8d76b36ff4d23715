//! Pages of `agentx/messages`, by the readers that know structs, iterators or tapes.

use serde::Deserialize;
use serde_json::value::RawValue;
use simd_json::prelude::*;
use sonic_rs::LazyValue;

use crate::taken::{Taken, there};

#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
struct Page<R> {
    data: Vec<Message<R>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"), rename_all = "camelCase")]
struct Message<R> {
    #[serde(rename = "_id")]
    id: R,
    conversation_id: R,
    r#type: R,
    #[serde(default, deserialize_with = "there")]
    time: Option<R>,
    #[serde(default, deserialize_with = "there")]
    out_msg: Option<R>,
}

impl<R> Page<R> {
    fn taken(&self, raw: impl Fn(&R) -> &str) -> Taken {
        let mut taken = Taken::default();
        for message in &self.data {
            taken.records += 1;
            taken.messages += 1;
            for word in [&message.id, &message.conversation_id, &message.r#type] {
                taken.text(raw(word));
            }
            message.time.iter().chain(&message.out_msg).for_each(|value| taken.raw(raw(value)));
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
            taken.messages += 1;
            for member in record.ok()?.into_object_iter()? {
                let (key, value) = member.ok()?;
                match &*key {
                    "_id" | "conversationId" | "type" => taken.text(value.as_raw_str()),
                    "time" | "outMsg" => taken.raw(value.as_raw_str()),
                    _ => {}
                }
            }
        }
    }
    Some(taken)
}

pub(crate) fn simd_json(tape: &simd_json::Tape<'_>) -> Option<Taken> {
    let mut taken = Taken::default();
    for record in tape.as_value().get("data")?.as_array()?.iter() {
        taken.records += 1;
        taken.messages += 1;
        for (key, value) in record.as_object()?.iter() {
            match key {
                "_id" | "conversationId" | "type" => {
                    taken.quoted((!value.is_null()).then(|| value.as_str()).flatten())
                }
                "time" => {
                    std::hint::black_box(value.as_f64());
                }
                _ => {}
            }
        }
    }
    Some(taken)
}
