//! One record that is no JSON, or no clear JSON, among good ones.

use serde::{Deserialize, Serialize};

use super::facts;
use super::which::Which;
use crate::record::Record;
use crate::stream::Stream;

/// One record of each chosen conversation has a value that a strict parser refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poison {
    /// What the value is.
    pub kind: PoisonKind,
    /// Of which conversations the first record is poisoned; `all` poisons every record.
    #[serde(default = "Which::newest_one")]
    pub of: Which,
    /// The field with the value: of `metadata` in the export, of the record elsewhere.
    #[serde(default = "score")]
    pub field: String,
}

/// A value that is not JSON, or that readers disagree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoisonKind {
    /// `NaN`
    Nan,
    /// `Infinity`
    Infinity,
    /// `-Infinity`
    NegativeInfinity,
    /// A string with a bare control character (U+0001).
    ControlCharacter,
    /// The key stands once more, with another value.
    DuplicateKey,
}

fn score() -> String {
    "score".to_owned()
}

impl Poison {
    pub(super) fn apply(&self, stream: Stream, record: &mut Record) {
        let field = self.field.as_str();
        facts::edit(stream, record, |facts| match self.kind {
            PoisonKind::Nan => facts.set(field, Some("NaN")),
            PoisonKind::Infinity => facts.set(field, Some("Infinity")),
            PoisonKind::NegativeInfinity => facts.set(field, Some("-Infinity")),
            PoisonKind::ControlCharacter => facts.set(field, Some("\"a\u{1}b\"")),
            PoisonKind::DuplicateKey => {
                if facts.get(field).is_none() {
                    facts.push(field, "1".to_owned());
                }
                facts.push(field, "2".to_owned());
            }
        });
    }
}
