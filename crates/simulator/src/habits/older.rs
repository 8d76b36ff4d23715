//! Records as they were before their last message.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::facts;
use super::which::Chosen;
use crate::generate::iso_without_zone;
use crate::json_edit::RawObject;
use crate::store::Shelf;
use crate::stream::Stream;

/// How much older the version says it is.
const EARLIER_S: i64 = 60;

/// Puts the chosen conversations back by one message, or one turn.
pub(super) fn turn_back(stream: Stream, shelf: &mut Shelf, chosen: &Chosen) {
    if stream == Stream::AgentxMessages {
        without_last_message(shelf, chosen);
        return;
    }
    shelf.rewrite(|records| {
        for record in records.iter_mut().filter(|record| chosen.contains(&record.conversation)) {
            let mut n_fewer = 1;
            if stream == Stream::ConvocoreExport
                && let Some((text, n_messages)) = without_last_turn(&record.text)
            {
                record.text = text;
                n_fewer = n_messages;
            }
            facts::edit(stream, record, |facts| put_back(facts, n_fewer));
        }
    });
}

fn put_back(facts: &mut RawObject<'_>, n_fewer: i64) {
    for name in ["messagesNum", "userMessageCount"] {
        if let Some(count) = facts.integer(name) {
            facts.replace(name, (count - n_fewer).max(0).to_string());
        }
    }
    for name in ["lastModified", "lastMessageTS"] {
        if let Some(at) = facts.integer(name) {
            facts.replace(name, (at - EARLIER_S).to_string());
        }
    }
    if let Some(began) = facts.integer("startTime") {
        facts.replace("lastActionAt", format!("\"{}\"", iso_without_zone(began * 1000, 0)));
    }
}

/// The text without the last turn, and how many messages that had.
fn without_last_turn(text: &Bytes) -> Option<(Bytes, i64)> {
    let mut object = RawObject::parse(std::str::from_utf8(text).ok()?)?;
    let mut turns: Vec<&RawValue> = serde_json::from_str(object.get("turns")?).ok()?;
    let messages = RawObject::parse(turns.pop()?.get())?;
    let messages: Vec<&RawValue> = serde_json::from_str(messages.get("messages")?).ok()?;
    let n_messages = i64::try_from(messages.len()).ok()?;
    let turns: Vec<&str> = turns.into_iter().map(RawValue::get).collect();
    let turns = format!("[{}]", turns.join(","));
    object.replace("turns", turns);
    Some((Bytes::from(object.to_text()), n_messages))
}

fn without_last_message(shelf: &mut Shelf, chosen: &Chosen) {
    shelf.rewrite(|records| {
        let mut last: HashMap<Arc<str>, Arc<str>> = HashMap::new();
        for record in records.iter().filter(|record| chosen.contains(&record.conversation)) {
            last.insert(Arc::clone(&record.conversation), Arc::clone(&record.key));
        }
        records.retain(|record| last.get(&record.conversation) != Some(&record.key));
    });
}
