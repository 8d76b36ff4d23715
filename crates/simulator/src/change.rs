use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::generate::{Rng, iso_without_zone, moment_text};
use crate::json_edit::{RawObject, appended};
use crate::record::Record;
use crate::store::Store;
use crate::stream::Stream;

/// Lets a share of the conversations go on by one human message, as between two runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChangeRequest {
    /// Percent of the conversations of each platform; at least one where there are any and this is above 0.
    pub percent: f64,
    /// Chooses which.
    #[serde(default)]
    pub seed: u64,
    /// When the message comes, in Unix seconds; the simulator's now by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
}

/// Which conversations went on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// When, in Unix seconds.
    pub at: i64,
    /// IDs in convocore's list and export.
    pub convocore: Vec<String>,
    /// IDs in AgentX's conversations.
    pub agentx: Vec<String>,
}

/// Changes the store. Records of an odd shape, where counts could not be kept consistent, are left alone.
pub(crate) fn change(store: &mut Store, request: ChangeRequest, at: i64) -> Changed {
    let mut rng = Rng::new(request.seed, CHANGES);
    let convocore = change_convocore(store, request.percent, at, &mut rng);
    let agentx = change_agentx(store, request.percent, at, &mut rng);
    Changed { at, convocore, agentx }
}

/// Lanes of random numbers: which conversations change, and the ids of new messages.
const CHANGES: u64 = 1;
const NEW_MESSAGES: u64 = 2;

const SAID: &str = "One more thing, please 🙏";

fn change_convocore(store: &mut Store, percent: f64, at: i64, rng: &mut Rng) -> Vec<String> {
    let exported = store.shelf(Stream::ConvocoreExport).records();
    let mut texts = HashMap::new();
    for position in chosen(exported.len(), percent, rng) {
        let record = &exported[position];
        if let Some(text) = with_message_in_export(record, at) {
            texts.insert(Arc::clone(&record.key), text);
        }
    }
    store.shelf_mut(Stream::ConvocoreExport).rewrite(|records| {
        for record in records {
            if let Some(text) = texts.get(&record.key) {
                record.text = text.clone();
            }
        }
    });
    let is_listed_by_last = is_listed_by_last(store.shelf(Stream::ConvocoreList).records());
    store.shelf_mut(Stream::ConvocoreList).rewrite(|records| {
        for record in records.iter_mut().filter(|record| texts.contains_key(&record.key)) {
            with_message_in_list(record, at, is_listed_by_last);
        }
    });
    sorted_names(texts.into_keys())
}

fn with_message_in_export(record: &Record, at: i64) -> Option<Bytes> {
    let text = std::str::from_utf8(&record.text).ok()?;
    let mut object = RawObject::parse(text)?;
    let mut metadata = RawObject::parse(object.get("metadata")?)?;
    // An empty conversation is not in the list and would have to be added there; an odd count cannot be kept right.
    let messages = metadata.integer("messagesNum").filter(|&messages| messages > 0)?;
    metadata.get("ID")?;
    if object.get("turns")?.trim() == "[]" {
        return None;
    }
    let turn = format!(
        r#"{{"from":"human","messages":[{{"type":"text","payload":{{"message":"{SAID}"}},"ts":"{}"}}]}}"#,
        moment_text(at)
    );
    let turns = appended(object.get("turns")?, &turn)?;

    let first = metadata.integer("firstMessageTS");
    metadata.replace("messagesNum", (messages + 1).to_string());
    metadata.replace("lastMessageTS", at.to_string());
    metadata.replace("lastModified", at.to_string());
    if let Some(first) = first {
        metadata.replace("convoTimeSeconds", (at - first).to_string());
    }
    let metadata = metadata.to_text();
    object.replace("metadata", metadata);
    object.replace("turns", turns);
    Some(Bytes::from(object.to_text()))
}

/// Whether `ts` of this list is the time of the last message: the first row that can tell decides.
fn is_listed_by_last(rows: &[Record]) -> bool {
    rows.iter()
        .find_map(|record| {
            let row = RawObject::parse(std::str::from_utf8(&record.text).ok()?)?;
            let (first, last) = (row.integer("firstMessageTS")?, row.integer("lastMessageTS")?);
            (first != last).then(|| row.integer("ts") == Some(last))
        })
        .unwrap_or(false)
}

fn with_message_in_list(record: &mut Record, at: i64, is_listed_by_last: bool) {
    let Ok(text) = std::str::from_utf8(&record.text) else {
        return;
    };
    let Some(mut row) = RawObject::parse(text) else {
        return;
    };
    if let Some(messages) = row.integer("messagesNum") {
        row.replace("messagesNum", (messages + 1).to_string());
    }
    for name in ["lastMessageTS", "lastModified"] {
        row.replace(name, at.to_string());
    }
    row.replace("lastMessage", format!("\"{SAID}\""));
    if is_listed_by_last {
        row.replace("ts", at.to_string());
        record.at = seconds(at);
    }
    let text = row.to_text();
    record.text = Bytes::from(text);
}

fn change_agentx(store: &mut Store, percent: f64, at: i64, rng: &mut Rng) -> Vec<String> {
    let listed = store.shelf(Stream::AgentxConversations).records();
    let mut texts = HashMap::new();
    for position in chosen(listed.len(), percent, rng) {
        let record = &listed[position];
        if let Some(text) = with_message_in_conversation(record, at) {
            texts.insert(Arc::clone(&record.key), text);
        }
    }
    store.shelf_mut(Stream::AgentxConversations).rewrite(|records| {
        for record in records {
            if let Some(text) = texts.get(&record.key) {
                record.text = text.clone();
            }
        }
    });
    let names = sorted_names(texts.into_keys());
    store.shelf_mut(Stream::AgentxMessages).rewrite(|records| {
        let next = records.iter().map(|record| record.number + 1).max().unwrap_or(0);
        for (number, name) in (next..).zip(&names) {
            records.push(agentx_message(name, at, number));
        }
    });
    names
}

fn with_message_in_conversation(record: &Record, at: i64) -> Option<Bytes> {
    let mut object = RawObject::parse(std::str::from_utf8(&record.text).ok()?)?;
    object.get("_id")?;
    let said = object.integer("userMessageCount")?;
    object.replace("userMessageCount", (said + 1).to_string());
    object.replace("lastActionAt", format!("\"{}\"", iso_without_zone(at * 1000, 0)));
    Some(Bytes::from(object.to_text()))
}

fn agentx_message(conversation: &str, at: i64, number: u64) -> Record {
    // From its place in the stream, so that no later change makes the same id again.
    let id = Rng::new(NEW_MESSAGES, number).uuid();
    let text = format!(
        r#"{{"_id":"{id}","time":{at},"type":"UserInput","userInput":"{SAID}","userActionType":"action_userInput","conversationId":"{conversation}"}}"#
    );
    Record {
        text: Bytes::from(text),
        key: id.into(),
        conversation: conversation.into(),
        at: seconds(at),
        number,
    }
}

/// Positions of the chosen share, each once.
fn chosen(len: usize, percent: f64, rng: &mut Rng) -> HashSet<usize> {
    let mut positions = HashSet::new();
    if len == 0 || percent <= 0.0 {
        return positions;
    }
    for position in 0..len {
        if rng.chance(percent / 100.0) {
            positions.insert(position);
        }
    }
    if positions.is_empty() {
        positions.insert(rng.below(len));
    }
    positions
}

fn sorted_names(keys: impl Iterator<Item = Arc<str>>) -> Vec<String> {
    let mut names: Vec<String> = keys.map(|key| key.to_string()).collect();
    names.sort_unstable();
    names
}

#[expect(clippy::cast_precision_loss, reason = "Unix seconds stay far below 2^53")]
fn seconds(at: i64) -> f64 {
    at as f64
}
