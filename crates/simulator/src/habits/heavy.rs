//! Records of many megabytes.

use serde::{Deserialize, Serialize};

use super::facts;
use super::which::Which;
use crate::record::Record;
use crate::stream::Stream;

/// One record of each chosen conversation is large: it has a text of so many bytes in a further field `transcript`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heavy {
    /// How many bytes the text has.
    pub bytes: usize,
    /// Of which conversations the first record is large; `all` makes every record so.
    #[serde(default = "Which::newest_one")]
    pub of: Which,
}

const SENTENCE: &str = "The agent said what it had said before, at length. ";

impl Heavy {
    pub(super) fn apply(&self, stream: Stream, record: &mut Record) {
        facts::edit(stream, record, |facts| {
            let mut text = SENTENCE.repeat(self.bytes / SENTENCE.len() + 1);
            text.truncate(self.bytes);
            facts.set("transcript", Some(&format!("\"{text}\"")));
        });
    }
}
