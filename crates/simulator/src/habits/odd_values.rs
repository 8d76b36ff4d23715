//! Values of another type or range than usual, which are legal all the same.

use serde::{Deserialize, Serialize};

use super::facts;
use super::which::Which;
use crate::record::Record;
use crate::store::Shelf;
use crate::stream::Stream;

/// Odd values in every record of the chosen conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OddValues {
    /// Which values.
    pub kinds: Vec<OddValue>,
    /// Of which conversations.
    #[serde(default = "Which::all")]
    pub of: Which,
}

/// A kind of odd value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OddValue {
    /// Ids are numbers of up to 15 digits, made from the usual ids; requests name conversations by them. Both endpoints of a
    /// source need this, since their ids have to agree.
    NumberIds,
    /// `true` or `false` where text is usual: `userName` and `state`, `locale`, `type`.
    Booleans,
    /// `userInput: ""` beside an `outMsg`, in messages of AgentX.
    EmptyInput,
    /// A time in 1985 and one in 9999: `firstMessageTS` and `lastMessageTS`; `lastActionAt` is one or the other.
    FarDates,
}

const YEAR_1985_S: &str = "481161600";

impl OddValues {
    pub(super) fn apply(&self, stream: Stream, record: &mut Record) {
        let is_even = record.number.is_multiple_of(2);
        facts::edit(stream, record, |facts| {
            for kind in &self.kinds {
                match kind {
                    OddValue::NumberIds => {
                        for name in ["ID", "_id", "conversationId"] {
                            if let Some(id) = facts.string(name) {
                                facts.replace(name, number_of(&id).to_string());
                            }
                        }
                    }
                    OddValue::Booleans => {
                        let names: &[&str] = match stream {
                            Stream::ConvocoreList | Stream::ConvocoreExport => &["userName", "state"],
                            Stream::AgentxConversations => &["locale"],
                            Stream::AgentxMessages => &["type"],
                        };
                        for name in names {
                            facts.set(name, Some(if is_even { "true" } else { "false" }));
                        }
                    }
                    OddValue::EmptyInput => {
                        if facts.get("outMsg").is_some() {
                            facts.set("userInput", Some("\"\""));
                        }
                    }
                    OddValue::FarDates => match stream {
                        Stream::ConvocoreList | Stream::ConvocoreExport => {
                            facts.set("firstMessageTS", Some(YEAR_1985_S));
                            facts.set("lastMessageTS", Some("\"9999-12-31\""));
                        }
                        Stream::AgentxConversations => {
                            let at = if is_even { "\"9999-12-31\"" } else { "\"1985-04-01T00:00:00Z\"" };
                            facts.set("lastActionAt", Some(at));
                        }
                        Stream::AgentxMessages => {}
                    },
                }
            }
        });
    }

    /// The conversation that a request means by `asked`.
    pub(super) fn resolved(&self, asked: String, shelf: &Shelf) -> String {
        if !self.kinds.contains(&OddValue::NumberIds) {
            return asked;
        }
        let number = asked.parse::<u64>().ok();
        let found = number.and_then(|number| {
            shelf.records().iter().find(|record| number_of(&record.conversation) == number)
        });
        found.map_or(asked, |record| record.conversation.to_string())
    }
}

/// A number of at most 15 digits for an id, always the same: FNV-1a.
fn number_of(id: &str) -> u64 {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash % 1_000_000_000_000_000
}
