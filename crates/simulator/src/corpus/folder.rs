use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::SimulatorError;
use crate::json_edit::RawObject;
use crate::record::Record;
use crate::store::Store;
use crate::stream::Stream;

/// Reads the four page files of a folder; the records keep their bytes.
pub(super) fn load(folder: &Path) -> Result<Store, SimulatorError> {
    if !folder.is_dir() {
        return Err(SimulatorError::NoFolder { path: folder.to_owned() });
    }
    let mut records: [Vec<Record>; 4] = Default::default();
    for stream in Stream::ALL {
        if let Some(path) = page_file(folder, stream) {
            records[stream.index()] = read_pages(&path, stream)?;
        }
    }
    if Stream::ALL.into_iter().all(|stream| page_file(folder, stream).is_none()) {
        let names = Stream::ALL.map(|stream| format!("{}.jsonl", stream.file_stem())).join(", ");
        return Err(SimulatorError::NoPages { path: folder.to_owned(), names });
    }
    Ok(Store::new(records))
}

fn page_file(folder: &Path, stream: Stream) -> Option<PathBuf> {
    ["jsonl.zst", "jsonl"]
        .into_iter()
        .map(|extension| folder.join(format!("{}.{extension}", stream.file_stem())))
        .find(|path| path.is_file())
}

fn read_pages(path: &Path, stream: Stream) -> Result<Vec<Record>, SimulatorError> {
    let unreadable = |source| SimulatorError::ReadCorpus { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let plain: Box<dyn Read> = if path.extension().is_some_and(|extension| extension == "zst") {
        Box::new(zstd::Decoder::new(file).map_err(unreadable)?)
    } else {
        Box::new(file)
    };

    let mut texts = Vec::new();
    for (index, line) in BufReader::new(plain).split(b'\n').enumerate() {
        let line = Bytes::from(line.map_err(unreadable)?);
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let page: PageBody<'_> = serde_json::from_slice(&line).map_err(|source| {
            SimulatorError::CorpusPage { path: path.to_owned(), line: index + 1, source }
        })?;
        texts.extend(page.data.iter().map(|record| line.slice_ref(record.get().as_bytes())));
    }
    Ok(placed(texts, stream))
}

#[derive(Deserialize)]
struct PageBody<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

/// Gives each record its place. One whose time cannot be read stands beside its neighbour in the file.
fn placed(texts: Vec<Bytes>, stream: Stream) -> Vec<Record> {
    let total = texts.len();
    let mut neighbour = 0.0;
    let mut records = Vec::with_capacity(total);
    for (index, text) in texts.into_iter().enumerate() {
        let face = std::str::from_utf8(&text).ok().and_then(|text| face(text, stream)).unwrap_or_default();
        let at = face.at.unwrap_or(neighbour);
        neighbour = at;
        let key: Arc<str> = face.key.unwrap_or_else(|| format!("(no id {index})")).into();
        let conversation = face.conversation.map_or_else(|| Arc::clone(&key), Arc::from);
        // The file's own order decides between equals; a newest-first shelf turns numbers round.
        let number = if stream.newest_first() { total - index } else { index };
        records.push(Record { text, key, conversation, at, number: number as u64 });
    }
    records
}

#[derive(Default)]
struct Face {
    key: Option<String>,
    conversation: Option<String>,
    at: Option<f64>,
}

/// What a server must know of a record.
fn face(text: &str, stream: Stream) -> Option<Face> {
    let record = RawObject::parse(text)?;
    let (identified, key, conversation, time) = match stream {
        Stream::AgentxConversations => (record, "_id", "_id", "startTime"),
        Stream::AgentxMessages => (record, "_id", "conversationId", "time"),
        Stream::ConvocoreList => (record, "ID", "ID", "ts"),
        Stream::ConvocoreExport => {
            let metadata = record.get("metadata")?;
            return RawObject::parse(metadata).map(|metadata| face_of(&metadata, "ID", "ID", "ts"));
        }
    };
    Some(face_of(&identified, key, conversation, time))
}

fn face_of(object: &RawObject<'_>, key: &str, conversation: &str, time: &str) -> Face {
    Face {
        key: object.string(key),
        conversation: object.string(conversation),
        at: object.get(time).and_then(seconds),
    }
}

/// A time in any of the spellings seen: Unix seconds or milliseconds, as number or text, or ISO.
fn seconds(raw: &str) -> Option<f64> {
    let text = serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned());
    if let Ok(number) = text.parse::<f64>() {
        let is_ms = number.abs() > 1e11;
        return number.is_finite().then_some(if is_ms { number / 1000.0 } else { number });
    }
    let civil: DateTime = text.trim_end_matches('Z').parse().ok()?;
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_duration().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_spelling() {
        let cases = [
            ("1733011279", Some(1_733_011_279.0)),
            ("1733011282.526", Some(1_733_011_282.526)),
            ("\"1733011279\"", Some(1_733_011_279.0)),
            ("1733011279633", Some(1_733_011_279.633)),
            ("\"2024-12-01T00:00:00\"", Some(1_733_011_200.0)),
            ("\"2024-12-01T00:00:00.500Z\"", Some(1_733_011_200.5)),
            ("null", None),
            ("{}", None),
        ];
        for (raw, expected) in cases {
            assert_eq!(seconds(raw), expected, "{raw}");
        }
    }
}
