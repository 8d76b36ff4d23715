//! Conversations of convocore go on, in the list and in the export.

use bytes::Bytes;

use super::edit::{Edit, SAID, edit_records, seconds, sorted_names};
use crate::generate::moment_text;
use crate::json_edit::{RawObject, appended};
use crate::record::Record;
use crate::store::Store;
use crate::stream::Stream;

/// Lets the first `most` of the conversations at these positions of the export go on that can; their ids.
pub(super) fn go_on(
    store: &mut Store,
    positions: impl IntoIterator<Item = usize>,
    most: usize,
    edit: Edit<'_>,
) -> Vec<String> {
    let keys = edit_records(store, Stream::ConvocoreExport, positions, most, |record| {
        with_messages_in_export(record, edit)
    });
    let is_listed_by_last = is_listed_by_last(store.shelf(Stream::ConvocoreList).records());
    store.shelf_mut(Stream::ConvocoreList).rewrite(|records| {
        for record in records.iter_mut().filter(|record| keys.contains(&record.key)) {
            with_messages_in_list(record, edit, is_listed_by_last);
        }
    });
    sorted_names(keys.into_iter())
}

fn with_messages_in_export(record: &Record, edit: Edit<'_>) -> Option<Bytes> {
    let text = std::str::from_utf8(&record.text).ok()?;
    let mut object = RawObject::parse(text)?;
    let mut metadata = RawObject::parse(object.get("metadata")?)?;
    // An empty conversation is not in the list and would have to be added there; an odd count cannot be kept right.
    let messages = metadata.integer("messagesNum").filter(|&messages| messages > 0)?;
    metadata.get("ID")?;
    if object.get("turns")?.trim() == "[]" {
        return None;
    }
    let mut turns = object.get("turns")?.to_owned();
    for at in edit.times() {
        let turn = format!(
            r#"{{"from":"human","messages":[{{"type":"text","payload":{{"message":"{SAID}"}},"ts":"{}"}}]}}"#,
            moment_text(at)
        );
        turns = appended(&turns, &turn)?;
    }

    let first = metadata.integer("firstMessageTS");
    metadata.replace("messagesNum", (messages + i64::from(edit.messages)).to_string());
    metadata.replace("lastMessageTS", edit.last().to_string());
    metadata.replace("lastModified", edit.last().to_string());
    if let Some(first) = first {
        metadata.replace("convoTimeSeconds", (edit.last() - first).to_string());
    }
    edit.set_tags(&mut metadata);
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

fn with_messages_in_list(record: &mut Record, edit: Edit<'_>, is_listed_by_last: bool) {
    let at = edit.last();
    let Ok(text) = std::str::from_utf8(&record.text) else {
        return;
    };
    let Some(mut row) = RawObject::parse(text) else {
        return;
    };
    if let Some(messages) = row.integer("messagesNum") {
        row.replace("messagesNum", (messages + i64::from(edit.messages)).to_string());
    }
    for name in ["lastMessageTS", "lastModified"] {
        row.replace(name, at.to_string());
    }
    row.replace("lastMessage", format!("\"{SAID}\""));
    edit.set_tags(&mut row);
    if is_listed_by_last {
        row.replace("ts", at.to_string());
        record.at = seconds(at);
    }
    let text = row.to_text();
    record.text = Bytes::from(text);
}
