//! Keys in another order: what most languages' maps do to an object.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::generate::Rng;
use crate::json_edit::RawObject;
use crate::record::Record;

/// When the keys of a record's objects change places; values keep their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyOrder {
    /// In each answer.
    Shuffled,
}

impl KeyOrder {
    pub(super) fn reorder(self, record: &mut Record, answer: u64) {
        let Self::Shuffled = self;
        let Ok(text) = std::str::from_utf8(&record.text) else { return };
        let mut rng = Rng::new(answer, record.number);
        record.text = Bytes::from(shuffled(text, &mut rng));
    }
}

fn shuffled(raw: &str, rng: &mut Rng) -> String {
    if let Some(mut object) = RawObject::parse(raw) {
        let fields = object.fields_mut();
        for (_, value) in fields.iter_mut() {
            *value = shuffled(value, rng).into();
        }
        for last in (1..fields.len()).rev() {
            fields.swap(last, rng.below(last + 1));
        }
        return object.to_text();
    }
    if let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(raw) {
        let elements: Vec<String> = elements.iter().map(|element| shuffled(element.get(), rng)).collect();
        return format!("[{}]", elements.join(","));
    }
    raw.to_owned()
}
