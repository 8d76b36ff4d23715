//! Conversations of AgentX go on.

use bytes::Bytes;

use super::edit::{Edit, SAID, edit_records, seconds, sorted_names};
use crate::generate::{Rng, iso_without_zone};
use crate::json_edit::RawObject;
use crate::record::Record;
use crate::store::Store;
use crate::stream::Stream;

/// The lane of random numbers that the ids of new messages come from.
const NEW_MESSAGES: u64 = 2;

/// Lets the first `most` of the conversations at these positions go on that can; their ids.
pub(super) fn go_on(
    store: &mut Store,
    positions: impl IntoIterator<Item = usize>,
    most: usize,
    edit: Edit<'_>,
) -> Vec<String> {
    let keys = edit_records(store, Stream::AgentxConversations, positions, most, |record| {
        with_messages_in_conversation(record, edit)
    });
    let names = sorted_names(keys.into_iter());
    store.shelf_mut(Stream::AgentxMessages).rewrite(|records| {
        let next = records.iter().map(|record| record.number + 1).max().unwrap_or(0);
        let new = names.iter().flat_map(|name| edit.times().map(move |at| (name, at)));
        for (number, (name, at)) in (next..).zip(new) {
            records.push(message(name, at, number));
        }
    });
    names
}

fn with_messages_in_conversation(record: &Record, edit: Edit<'_>) -> Option<Bytes> {
    let mut object = RawObject::parse(std::str::from_utf8(&record.text).ok()?)?;
    object.get("_id")?;
    let said = object.integer("userMessageCount")?;
    object.replace("userMessageCount", (said + i64::from(edit.messages)).to_string());
    object.replace("lastActionAt", format!("\"{}\"", iso_without_zone(edit.last() * 1000, 0)));
    edit.set_tags(&mut object);
    Some(Bytes::from(object.to_text()))
}

fn message(conversation: &str, at: i64, number: u64) -> Record {
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
