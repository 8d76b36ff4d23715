//! Rows back to records, by the contract.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use convolake_transformer::FlatPage;
use serde_json::{Map, Number, Value};

/// How a column's cell becomes the source's value again.
#[derive(Clone, Copy)]
pub(crate) enum As {
    Text,
    Number,
    Seconds,
    Iso,
    List,
    Json,
}

const METADATA: &[(&str, &str, As)] = &[
    ("ID", "conversation_id", As::Text),
    ("userID", "user_id", As::Text),
    ("userName", "user_name", As::Text),
    ("userEmail", "user_email", As::Text),
    ("userPhone", "user_phone", As::Text),
    ("userImage", "user_image_url", As::Text),
    ("userProfilePic", "user_picture_url", As::Text),
    ("userBrowser", "user_browser", As::Text),
    ("userPlatform", "user_platform", As::Text),
    ("origin", "channel", As::Text),
    ("state", "state", As::Text),
    ("tags", "tags", As::List),
    ("messagesNum", "messages_declared", As::Number),
    ("interactionsNum", "interactions", As::Number),
    ("sessionsNum", "sessions", As::Number),
    ("convoTimeSeconds", "duration_seconds", As::Number),
    ("chatAssignedTo", "assigned_to", As::Text),
    ("ts", "started_at", As::Seconds),
    ("firstMessageTS", "first_message_at", As::Seconds),
    ("lastMessageTS", "last_message_at", As::Seconds),
    ("lastModified", "modified_at", As::Seconds),
];
const LEAD: &[(&str, &str, As)] = &[
    ("title", "title", As::Text),
    ("notes", "notes", As::Text),
    ("userCompany", "user_company", As::Text),
    ("userAddress", "user_address", As::Text),
    ("userWebsite", "user_website", As::Text),
    ("user", "user", As::Json),
    ("feedback", "feedback", As::Json),
];
const AGENTX_CONVERSATION: &[(&str, &str, As)] = &[
    ("_id", "conversation_id", As::Text),
    ("startTime", "started_at", As::Seconds),
    ("lastActionAt", "modified_at", As::Iso),
    ("locale", "locale", As::Text),
    ("tags", "tags", As::List),
    ("metadata", "metadata", As::Json),
    ("userMessageCount", "user_messages_declared", As::Number),
];
const AGENTX_MESSAGE: &[(&str, &str, As)] = &[
    ("_id", "message_id", As::Text),
    ("conversationId", "conversation_id", As::Text),
    ("time", "sent_at", As::Seconds),
    ("type", "type", As::Text),
    ("outMsg", "payload", As::Json),
    ("userActionType", "user_action_type", As::Text),
];

/// All records of a page, in order, from its rows.
pub(crate) fn records(schema: &str, page: &FlatPage) -> Vec<Value> {
    let batch = |table: &str| &page.tables.iter().find(|flat| flat.table == table).unwrap().rows;
    match schema {
        "agentx/conversations" => all(batch("conversations"), |b, row| object(b, row, AGENTX_CONVERSATION)),
        "agentx/messages" => all(batch("messages"), |batch, row| {
            let mut record = object(batch, row, AGENTX_MESSAGE);
            // The text of a person's message is what they sent, unless an answer's steps could have given it.
            if let (Some(text), None) = (cell(batch, "text", row, As::Text), record.get("outMsg")) {
                record.entry("userInput").or_insert(text);
            }
            if let Some(raw) = cell(batch, "sent_at_raw", row, As::Text) {
                record.insert("time".into(), raw);
            }
            record
        }),
        "convocore/list" => {
            let columns: Vec<_> = METADATA.iter().chain(LEAD).copied().collect();
            all(batch("leads"), |batch, row| object(batch, row, &columns))
        }
        "convocore/export" => exports(batch("conversations"), batch("turns"), batch("messages")),
        other => panic!("{other}"),
    }
}

fn all(batch: &RecordBatch, record: impl Fn(&RecordBatch, usize) -> Map<String, Value>) -> Vec<Value> {
    (0..batch.num_rows()).map(|row| Value::Object(record(batch, row))).collect()
}

fn exports(conversations: &RecordBatch, turns: &RecordBatch, messages: &RecordBatch) -> Vec<Value> {
    let id = |batch: &RecordBatch, row| cell(batch, "conversation_id", row, As::Text);
    let number = |batch: &RecordBatch, name, row| cell(batch, name, row, As::Number);
    let record = |row: usize| {
        let mut metadata = columns(conversations, row, METADATA);
        let mut extra =
            extra(conversations, row).unwrap_or_default().as_object().cloned().unwrap_or_default();
        let mut record = Map::new();
        if let Some(left) = extra.shift_remove("turns") {
            record.insert("turns".into(), left);
        }
        if let Some(Value::Object(mut beside)) = extra.shift_remove("_record") {
            if let Some(Value::Object(escaped)) = beside.shift_remove("metadata") {
                metadata.extend(escaped);
            }
            record.extend(beside);
        }
        metadata.extend(extra);
        record.insert("metadata".into(), Value::Object(metadata));
        let conversation = id(conversations, row);
        let mine: Vec<usize> =
            (0..turns.num_rows()).filter(|turn| id(turns, *turn) == conversation).collect();
        let built: Vec<(Option<String>, Value)> = mine
            .into_iter()
            .map(|turn| {
                let index = number(turns, "turn_index", turn);
                let (key, extra) = extra_of(turns, turn);
                let mut built = match extra {
                    Ok(fields) => fields,
                    Err(bare) => return (key, bare),
                };
                if let Some(role) = cell(turns, "role", turn, As::Text) {
                    built.entry("from").or_insert(role);
                }
                let mine = (0..messages.num_rows()).filter(|row| {
                    id(messages, *row) == conversation && number(messages, "turn_index", *row) == index
                });
                let sent: Vec<_> = mine.map(|row| message(messages, row)).collect();
                if !sent.is_empty() {
                    built.insert("messages".into(), held(sent));
                }
                (key, Value::Object(built))
            })
            .collect();
        if !built.is_empty() {
            record.insert("turns".into(), held(built));
        }
        Value::Object(record)
    };
    (0..conversations.num_rows()).map(record).collect()
}

/// Elements in what held them: an object, where they have keys, else an array.
fn held(elements: Vec<(Option<String>, Value)>) -> Value {
    match elements.iter().any(|(key, _)| key.is_some()) {
        true => elements.into_iter().map(|(key, value)| (key.unwrap(), value)).collect::<Map<_, _>>().into(),
        false => elements.into_iter().map(|(_, value)| value).collect(),
    }
}

fn message(batch: &RecordBatch, row: usize) -> (Option<String>, Value) {
    let (key, extra) = extra_of(batch, row);
    let mut message = match extra {
        Ok(fields) => fields,
        Err(bare) => return (key, bare),
    };
    for (field, column, kind) in
        [("type", "type", As::Text), ("payload", "payload", As::Json), ("ts", "sent_at_raw", As::Text)]
    {
        if let Some(value) = cell(batch, column, row, kind) {
            message.entry(field).or_insert(value);
        }
    }
    (key, Value::Object(message))
}

/// The key of an element that was a member of an object; and the fields of `extra`, or, where it is no object, the element
/// itself.
fn extra_of(batch: &RecordBatch, row: usize) -> (Option<String>, Result<Map<String, Value>, Value>) {
    match extra(batch, row) {
        None => (None, Ok(Map::new())),
        Some(Value::Object(mut fields)) => {
            let key = fields.shift_remove("_key").map(|key| key.as_str().unwrap().to_owned());
            if key.is_some() {
                if let Some(value) = fields.shift_remove("_value") {
                    return (key, Err(value));
                }
                if let Some(Value::Object(beside)) = fields.shift_remove("_record") {
                    fields.extend(beside);
                }
            }
            (key, Ok(fields))
        }
        Some(bare) => (None, Err(bare)),
    }
}

fn extra(batch: &RecordBatch, row: usize) -> Option<Value> {
    cell(batch, "extra", row, As::Json)
}

fn object(batch: &RecordBatch, row: usize, mapped: &[(&str, &str, As)]) -> Map<String, Value> {
    let mut record = columns(batch, row, mapped);
    record.extend(extra(batch, row).and_then(|extra| extra.as_object().cloned()).unwrap_or_default());
    record
}

fn columns(batch: &RecordBatch, row: usize, mapped: &[(&str, &str, As)]) -> Map<String, Value> {
    mapped
        .iter()
        .filter_map(|(field, column, kind)| Some(((*field).to_owned(), cell(batch, column, row, *kind)?)))
        .collect()
}

fn cell(batch: &RecordBatch, column: &str, row: usize, kind: As) -> Option<Value> {
    let array = batch.column_by_name(column).unwrap_or_else(|| panic!("no column {column}"));
    if array.is_null(row) {
        return None;
    }
    Some(match (kind, array.data_type()) {
        (As::Json, _) => serde_json::from_slice(array.as_binary::<i32>().value(row)).unwrap(),
        (_, DataType::Binary) => {
            Value::String(str::from_utf8(array.as_binary::<i32>().value(row)).unwrap().to_owned())
        }
        (_, DataType::Int64) => Value::from(array.as_primitive::<Int64Type>().value(row)),
        (_, DataType::Int32) => Value::from(array.as_primitive::<Int32Type>().value(row)),
        (_, DataType::Float64) => {
            Value::Number(Number::from_f64(array.as_primitive::<Float64Type>().value(row)).unwrap())
        }
        (_, DataType::List(_)) => {
            let list = array.as_list::<i32>().value(row);
            list.as_string::<i32>().iter().map(|text| text.map_or(Value::Null, Value::from)).collect()
        }
        (As::Iso, _) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            Value::String(iso(micros))
        }
        _ => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
            serde_json::from_str(&text).unwrap()
        }
    })
}

fn iso(micros: i64) -> String {
    let text = jiff::Timestamp::from_microsecond(micros).unwrap().to_string();
    let text = text.trim_end_matches('Z');
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{whole}.{fraction:0<6}"),
        None => text.to_owned(),
    }
}

/// Equal, numbers by value.
#[track_caller]
pub(crate) fn assert_same(rebuilt: &Value, record: &Value, place: &str) {
    match (rebuilt, record) {
        (Value::Number(left), Value::Number(right)) => {
            let same = left == right || left.as_f64() == right.as_f64() && (left.is_f64() || right.is_f64());
            assert!(same, "{place}: {left} for {right}");
        }
        (Value::Array(left), Value::Array(right)) => {
            assert_eq!(left.len(), right.len(), "{place}: length");
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                assert_same(left, right, &format!("{place}/{index}"));
            }
        }
        (Value::Object(left), Value::Object(right)) => {
            for key in left.keys().chain(right.keys()) {
                match (left.get(key), right.get(key)) {
                    (Some(left), Some(right)) => assert_same(left, right, &format!("{place}/{key}")),
                    (left, right) => panic!("{place}/{key}: rebuilt {left:?}, exported {right:?}"),
                }
            }
        }
        _ => assert_eq!(rebuilt, record, "{place}"),
    }
}
