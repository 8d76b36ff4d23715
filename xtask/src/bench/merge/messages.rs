//! Page files of messages: as many as are wanted, each known by its number.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::PER_CONVERSATION;

const COMPRESSION_LEVEL: i32 = 1;
const PER_PAGE: u64 = 1000;
const FIRST_SECOND: u64 = 1_700_006_400;
const SECONDS_A_DAY: u64 = 86_400;
/// About the length of a message on its page.
pub(super) const BYTES_EACH: u64 = 290;

/// The messages of some conversations.
#[derive(Debug, Clone, Copy)]
pub(super) struct Messages {
    /// The first conversation's number.
    pub(super) from: u64,
    pub(super) conversations: u64,
    /// Over how many days they are spread, and the first of them.
    pub(super) days: u64,
    pub(super) first_day: u64,
    /// What their texts say, beside words of their own.
    pub(super) words: &'static str,
}

/// Writes pages, a line each.
pub(super) fn write(path: &Path, messages: &[Messages]) -> std::io::Result<()> {
    let mut target = zstd::Encoder::new(BufWriter::new(File::create(path)?), COMPRESSION_LEVEL)?;
    let mut records: Vec<String> = Vec::new();
    let mut end_page = |records: &mut Vec<String>| {
        let page = format!("{{\"success\":true,\"data\":[{}]}}\n", records.join(","));
        records.clear();
        target.write_all(page.as_bytes())
    };
    for messages in messages {
        for conversation in messages.from..messages.from + messages.conversations {
            for number in 0..PER_CONVERSATION {
                records.push(messages.record(conversation, number));
                if records.len() as u64 == PER_PAGE {
                    end_page(&mut records)?;
                }
            }
        }
    }
    end_page(&mut records)?;
    target.finish()?.flush()
}

impl Messages {
    fn record(&self, conversation: u64, number: u64) -> String {
        let day = self.first_day + conversation % self.days;
        let time = FIRST_SECOND + day * SECONDS_A_DAY + number * 60;
        // Words that differ from row to row, or a column would compress to nothing.
        let own = mixed(conversation * PER_CONVERSATION + number);
        format!(
            r#"{{"_id":"{conversation:012}-{number:04}-4000-8000","time":{time},"type":"UserInput","userActionType":"action_userInput","conversationId":"conversation-{conversation:012}","userInput":"{words}: {own:016x} please {other:016x}","outMsg":{{"steps":[{{"text":"{own:x} and {other:x}"}}]}}}}"#,
            words = self.words,
            other = mixed(own),
        )
    }
}

/// A number that looks like no other (the last steps of Steele's SplitMix64).
fn mixed(number: u64) -> u64 {
    let number =
        (number.wrapping_add(0x9E37_79B9_7F4A_7C15) ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_json_about_as_long_as_said_and_of_their_days() {
        let messages = Messages { from: 7, conversations: 1, days: 3, first_day: 2, words: "as it was" };
        let record = messages.record(7, 3);
        assert!(record.len().abs_diff(usize::try_from(BYTES_EACH).unwrap()) < 60, "{}", record.len());
        let value: serde_json::Value = serde_json::from_str(&record).unwrap();
        assert_eq!(value["time"], FIRST_SECOND + 3 * SECONDS_A_DAY + 180);
        assert_ne!(record, Messages { words: "another", ..messages }.record(7, 3));
    }
}
