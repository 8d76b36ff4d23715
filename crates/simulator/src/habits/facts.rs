//! The object of a record that holds the facts of its conversation or message.

use bytes::Bytes;

use crate::json_edit::RawObject;
use crate::record::Record;
use crate::stream::Stream;

/// Changes a record's facts: `metadata` of an exported conversation, the record itself elsewhere. A record that is no such
/// object stays as it is.
pub(super) fn edit(stream: Stream, record: &mut Record, change: impl FnOnce(&mut RawObject<'_>)) {
    if let Some(text) = edited(stream, &record.text, change) {
        record.text = text;
    }
}

fn edited(stream: Stream, text: &Bytes, change: impl FnOnce(&mut RawObject<'_>)) -> Option<Bytes> {
    let mut object = RawObject::parse(std::str::from_utf8(text).ok()?)?;
    if stream != Stream::ConvocoreExport {
        change(&mut object);
        return Some(Bytes::from(object.to_text()));
    }
    let mut metadata = RawObject::parse(object.get("metadata")?)?;
    change(&mut metadata);
    let metadata = metadata.to_text();
    object.replace("metadata", metadata);
    Some(Bytes::from(object.to_text()))
}
