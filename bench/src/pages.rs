//! Pages to measure with: real ones where `CONVOLAKE_EXPORTS` names a folder of page files, else made here.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

/// The pages of a stream.
#[derive(Debug, Clone)]
pub struct Pages {
    /// The stream, as in `convocore/export`.
    pub stream: &'static str,
    /// The bodies.
    pub bodies: Vec<Vec<u8>>,
}

/// A benchmark goes over this much of a stream, in bytes: more than any cache holds.
const ENOUGH_BYTES: usize = 24 * 1024 * 1024;

/// The streams with their page files in the folder.
pub const STREAMS: [(&str, &str); 4] = [
    ("convocore/export", "convocore_v2_export.jsonl.zst"),
    ("agentx/messages", "agentx_messages.jsonl.zst"),
    ("convocore/list", "convocore_v3_list.jsonl.zst"),
    ("agentx/conversations", "agentx_conversations.jsonl.zst"),
];

impl Pages {
    /// The pages of a stream of [`STREAMS`]: real, or made where there are none.
    ///
    /// # Errors
    /// A page file that does not read.
    pub fn of(stream: &str) -> std::io::Result<Self> {
        let (stream, file) = STREAMS.into_iter().find(|(name, _)| *name == stream).unwrap_or(STREAMS[0]);
        let bodies = match std::env::var_os("CONVOLAKE_EXPORTS") {
            Some(folder) => read(&PathBuf::from(folder).join(file))?,
            None => made(stream),
        };
        Ok(Self { stream, bodies })
    }

    /// The bytes of all bodies.
    pub fn n_bytes(&self) -> usize {
        self.bodies.iter().map(Vec::len).sum()
    }
}

fn read(path: &std::path::Path) -> std::io::Result<Vec<Vec<u8>>> {
    let lines = BufReader::new(zstd::Decoder::new(File::open(path)?)?);
    let (mut bodies, mut n_bytes) = (Vec::new(), 0);
    for line in lines.split(b'\n') {
        let line = line?;
        n_bytes += line.len();
        bodies.push(line);
        if n_bytes >= ENOUGH_BYTES {
            break;
        }
    }
    Ok(bodies)
}

/// Pages of the shapes of the streams, always the same.
fn made(stream: &str) -> Vec<Vec<u8>> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut bodies, mut n_bytes) = (Vec::new(), 0);
    while n_bytes < ENOUGH_BYTES {
        let n_records = if stream == "convocore/export" { 20 } else { 500 };
        let mut body = String::from("{\"success\":true,\"data\":[");
        for at in 0..n_records {
            if at > 0 {
                body.push(',');
            }
            random.record(stream, &mut body);
        }
        body.push_str("]}");
        n_bytes += body.len();
        bodies.push(body.into_bytes());
    }
    bodies
}

/// A generator of numbers (xorshift) and of what is made from them.
struct Random(u64);

const WORDS: [&str; 24] = [
    "where",
    "is",
    "my",
    "order",
    "please",
    "the",
    "boarding",
    "pass",
    "für",
    "Straße",
    "refund",
    "card",
    "thanks",
    "👋",
    "hello",
    "can",
    "you",
    "help",
    "me",
    "with",
    "returns",
    "\\\"quoted\\\"",
    "tomorrow",
    "\\n",
];

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn words(&mut self) -> String {
        let n_words = 2 + self.below(14);
        let mut word = || usize::try_from(self.below(24)).unwrap_or_default();
        (0..n_words).map(|_| WORDS[word()]).collect::<Vec<_>>().join(" ")
    }

    fn record(&mut self, stream: &str, out: &mut String) {
        let (id, ts) = (self.below(u64::MAX), 1_730_000_000 + self.below(10_000_000));
        // Writing to a string cannot fail.
        let _ = match stream {
            "convocore/export" => {
                let name = self.words();
                let _ = write!(
                    out,
                    "{{\"metadata\":{{\"ID\":\"agent_md_{id:032x}\",\"userName\":\"{name}\",\"origin\":\"web-chat\",\
                     \"ts\":{ts},\"tags\":[\"vip\"],\"lastModified\":{ts},\"state\":\"ended\"}},\"turns\":["
                );
                for turn in 0..2 + self.below(20) {
                    if turn > 0 {
                        out.push(',');
                    }
                    self.turn(turn, out);
                }
                write!(out, "]}}")
            }
            "agentx/messages" => {
                let (conversation, text) = (self.below(u64::MAX), self.words());
                write!(
                    out,
                    "{{\"_id\":\"{id:032x}\",\"time\":{ts}.526,\"type\":\"Question\",\"outMsg\":{{\"steps\":\
                     [{{\"text\":\"{text}\"}}],\"options\":[{{\"txt\":\"Main menu\"}}]}},\"conversationId\":\"{conversation:032x}\"}}"
                )
            }
            "agentx/conversations" => write!(
                out,
                "{{\"_id\":\"{id:032x}\",\"startTime\":{ts},\"lastActionAt\":\"2025-01-02T03:04:05.006Z\",\
                 \"locale\":\"en\",\"tags\":[],\"metadata\":{{\"campaign\":\"spring\"}},\"userMessageCount\":3}}"
            ),
            _ => {
                let name = self.words();
                write!(
                    out,
                    "{{\"ID\":\"agent_md_{id:032x}\",\"userName\":\"{name}\",\"origin\":\"web-chat\",\"ts\":{ts},\
                     \"tags\":[\"vip\"],\"lastModified\":{ts},\"user\":{{\"plan\":\"free\"}}}}"
                )
            }
        };
    }

    fn turn(&mut self, turn: u64, out: &mut String) {
        let from = if turn.is_multiple_of(2) { "bot" } else { "human" };
        let _ = write!(out, "{{\"from\":\"{from}\",\"messages\":[");
        for message in 0..1 + self.below(3) {
            if message > 0 {
                out.push(',');
            }
            let text = self.words();
            let _ = write!(
                out,
                "{{\"type\":\"text\",\"payload\":{{\"message\":\"{text}\",\"slate\":{{\"id\":\"15034a4b6281\",\"content\":\
                 [{{\"children\":[{{\"text\":\"{text}\"}}]}}],\"messageDelayMilliseconds\":1000}},\"delay\":1000}},\
                 \"ts\":\"December 24th 2024, 3:31:{:02} am\"}}",
                self.below(60)
            );
        }
        out.push_str("]}");
    }
}
