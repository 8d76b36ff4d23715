//! A simulator within the test's own process.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use convolake_simulator::{
    Corpus, Fault, Generator, RequestEntry, Running, Simulator, SimulatorConfig, Stream,
};
use serde_json::value::RawValue;
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

/// The streams of a pipeline and where a record's id stands.
pub(crate) const PIPELINES: [(&str, [Stream; 2]); 2] = [
    ("agentx", [Stream::AgentxConversations, Stream::AgentxMessages]),
    ("convocore", [Stream::ConvocoreList, Stream::ConvocoreExport]),
];

/// A running simulator.
pub(crate) struct Source {
    pub(crate) running: Running,
    // Keeps the server going.
    _runtime: Runtime,
}

impl Source {
    pub(crate) fn start(config: SimulatorConfig) -> Self {
        let runtime = Runtime::new().unwrap();
        let running = runtime.block_on(Simulator::start(config)).unwrap();
        Self { running, _runtime: runtime }
    }

    /// Well-formed records only.
    pub(crate) fn tidy(conversations: u64) -> Self {
        Self::start(unlimited(Corpus::Generated(tidy(conversations))))
    }

    /// Pages so small that a few conversations are many pages.
    pub(crate) fn of_small_pages(conversations: u64) -> Self {
        Self::start(SimulatorConfig {
            page_cap: Some(SMALL_PAGE),
            ..unlimited(Corpus::Generated(tidy(conversations)))
        })
    }

    pub(crate) fn base_url(&self) -> String {
        self.running.base_url()
    }

    /// Plans one fault, counted from now on.
    pub(crate) fn fault(&self, fault: Fault) {
        self.running.add_faults(vec![fault]);
    }

    /// The requests to an endpoint since the ledger was last cleared.
    pub(crate) fn requests(&self, stream: Stream) -> Vec<RequestEntry> {
        let all = self.running.ledger().requests().into_iter();
        all.filter(|request| request.endpoint == Some(stream)).collect()
    }

    /// Clears the ledger of requests.
    pub(crate) fn forget(&self) {
        self.running.ledger().clear();
    }

    /// The ids of all records the stream has now; records without one are left out.
    pub(crate) fn ids(&self, stream: Stream) -> BTreeSet<String> {
        let records = self.running.records(stream);
        let ids = records.iter().filter_map(|text| id(stream, text));
        ids.collect()
    }

    /// The number of records without an id, which are quarantined.
    pub(crate) fn n_without_id(&self, stream: Stream) -> usize {
        let records = self.running.records(stream);
        records.iter().filter(|text| id(stream, text).is_none()).count()
    }

    /// The counts of messages that records of AgentX's conversations or Convocore's export declare, by their ids; those
    /// that declare none are left out.
    pub(crate) fn declared(&self, stream: Stream) -> BTreeMap<String, i64> {
        let records = self.running.records(stream);
        let declared = records.iter().filter_map(|text| Some((id(stream, text)?, declared(stream, text)?)));
        declared.collect()
    }

    /// Writes the records of these streams for `rebuild.py`, as they are now.
    pub(crate) fn write_records(&self, streams: &[Stream], folder: &Path) {
        for stream in streams {
            let mut text = Vec::new();
            for record in self.running.records(*stream) {
                text.extend_from_slice(&record);
                text.push(b'\n');
            }
            std::fs::write(folder.join(format!("{}.jsonl", stream.name())), text).unwrap();
        }
    }
}

pub(crate) const SMALL_PAGE: usize = 10;

/// A rate at which each answer comes before the next request may start: chains that could run concurrently run one after
/// the other, so that where windows are cut does not depend on how busy the machine is.
pub(crate) const ONE_AFTER_THE_OTHER: &str = "rate_limit.requests_per_second=50";

/// No limit on requests, so that no test waits for one.
pub(crate) fn unlimited(corpus: Corpus) -> SimulatorConfig {
    SimulatorConfig { agentx_rate: None, ..SimulatorConfig::new(corpus) }
}

pub(crate) fn tidy(conversations: u64) -> Generator {
    Generator { odd_share: 0.0, ..Generator::new(SEED, conversations) }
}

/// Odd values of all kinds: wrong types, nulls, half emojis, numbers that no machine type holds.
pub(crate) fn odd(conversations: u64) -> Generator {
    Generator { odd_share: 0.5, lone_surrogate_share: 0.1, extreme_number_share: 0.1, ..tidy(conversations) }
}

/// A port that nobody listens on, and that nobody else is given for as long as this lives.
pub(crate) fn closed_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket
}

/// The folder of page files in `CONVOLAKE_EXPORTS`; where there is none, the test is skipped aloud.
pub(crate) fn exports() -> Option<PathBuf> {
    let folder = std::env::var_os("CONVOLAKE_EXPORTS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: CONVOLAKE_EXPORTS names no folder of page files");
    }
    folder
}

/// The ids a request asks for.
pub(crate) fn asked_ids(query: &str) -> Vec<String> {
    let ids = query.split('&').find_map(|pair| pair.strip_prefix("convo_ids="));
    let ids = ids.unwrap_or_default().replace("%2C", ",");
    ids.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

const SEED: u64 = 11;

/// Members as raw text: values that a strict parser refuses (half an emoji, `1E400`) are not parsed.
type Members<'a> = BTreeMap<String, &'a RawValue>;

/// A record's id.
fn id(stream: Stream, text: &[u8]) -> Option<String> {
    let record: Members<'_> = serde_json::from_slice(text).ok()?;
    let id = match stream {
        Stream::AgentxConversations | Stream::AgentxMessages => *record.get("_id")?,
        Stream::ConvocoreList => *record.get("ID")?,
        Stream::ConvocoreExport => metadata(&record)?.get("ID").copied()?,
    };
    serde_json::from_str(id.get()).ok()
}

/// The count of messages that a record declares.
fn declared(stream: Stream, text: &[u8]) -> Option<i64> {
    let record: Members<'_> = serde_json::from_slice(text).ok()?;
    let count = match stream {
        Stream::AgentxConversations => *record.get("userMessageCount")?,
        Stream::ConvocoreExport => metadata(&record)?.get("messagesNum").copied()?,
        Stream::AgentxMessages | Stream::ConvocoreList => return None,
    };
    serde_json::from_str(count.get()).ok()
}

fn metadata<'a>(record: &Members<'a>) -> Option<Members<'a>> {
    serde_json::from_str(record.get("metadata")?.get()).ok()
}

/// For [`convolake_simulator::ChangeRequest::at`]: long enough ago for a run to ask for it. Windows end a second before now and at a
/// whole second, as a source may refuse bounds that lie ahead of its clock.
pub(crate) fn lately() -> Option<i64> {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    Some(i64::try_from(now.as_secs()).unwrap() - 3)
}
