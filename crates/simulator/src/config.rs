use std::path::PathBuf;
use std::time::Duration;

use crate::fault::Fault;
use crate::habits::HabitPlan;

/// How the simulator behaves. [`SimulatorConfig::new`] gives the documented behaviour; every field may be changed.
#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// What it serves.
    pub corpus: Corpus,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The value expected in `x-api-key`.
    pub agentx_api_key: String,
    /// The bearer token expected by both convocore endpoints.
    pub convocore_api_key: String,
    /// The only `bot_name` known; `None` knows every name. All names see the same data.
    pub bot_name: Option<String>,
    /// The only `agent_id` known; `None` knows every id. All ids see the same data.
    pub agent_id: Option<String>,
    /// Whether a record exactly at `end_time` is inside an AgentX window.
    pub window_end: WindowEnd,
    /// How the convocore list pages.
    pub list_mode: ListMode,
    /// Limit of each AgentX endpoint; the document says 3 a second.
    pub agentx_rate: Option<RateLimit>,
    /// Limit of each convocore endpoint; none is documented.
    pub convocore_rate: Option<RateLimit>,
    /// The server never gives more records a page than this, whatever is asked for.
    pub page_cap: Option<usize>,
    /// Waited before each answer.
    pub latency: Duration,
    /// Whether answers are compressed for clients that accept it.
    pub compression: bool,
    /// What "now" is for [`crate::ChangeRequest`], in Unix seconds; `None` takes the wall clock.
    pub now: Option<i64>,
    /// Faults from the first request on.
    pub faults: Vec<Fault>,
    /// What endpoints are like from the first request on.
    pub habits: HabitPlan,
}

/// What a client has to set to pull from a simulator with the default configuration, as `KEY=VALUE` of its own
/// settings: the ids, and where the documents name no rate limit, a pace that is no mere waiting.
#[must_use]
pub fn client_settings(source: &str) -> &'static [&'static str] {
    match source {
        "agentx" => &["params.bot_name=demo-bot"],
        "convocore" => &["params.agent_id=demo-agent", "rate_limit.requests_per_second=50"],
        _ => &[],
    }
}

impl SimulatorConfig {
    /// The key every endpoint takes by default.
    pub const KEY: &str = "simulator";

    /// The documented behaviour over `corpus`: keys `simulator`, bot `demo-bot`, agent `demo-agent`, a free port.
    #[must_use]
    pub fn new(corpus: Corpus) -> Self {
        Self {
            corpus,
            port: 0,
            agentx_api_key: "simulator".to_owned(),
            convocore_api_key: "simulator".to_owned(),
            bot_name: Some("demo-bot".to_owned()),
            agent_id: Some("demo-agent".to_owned()),
            window_end: WindowEnd::Exclusive,
            list_mode: ListMode::Seed,
            agentx_rate: Some(RateLimit::per_second(3)),
            convocore_rate: None,
            page_cap: None,
            latency: Duration::ZERO,
            compression: true,
            now: None,
            faults: Vec::new(),
            habits: HabitPlan::default(),
        }
    }
}

/// Where the records come from.
#[derive(Debug, Clone)]
pub enum Corpus {
    /// Invented conversations.
    Generated(Generator),
    /// Page files as under `exports/`: one page body a line, `.jsonl` or `.jsonl.zst`. A missing file is an empty stream.
    Folder(PathBuf),
}

impl Corpus {
    /// Invented conversations with the default spread and oddities.
    #[must_use]
    pub fn generated(seed: u64, conversations: u64) -> Self {
        Self::Generated(Generator::new(seed, conversations))
    }
}

/// What the generator makes. The same value gives the same bytes, on every machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Generator {
    /// Where all variation comes from.
    pub seed: u64,
    /// How many conversations, the empty ones included.
    pub conversations: u64,
    /// No time before this, in Unix seconds.
    pub from: i64,
    /// All times before this, in Unix seconds.
    pub until: i64,
    /// Share of conversations with one value of a wrong type, a null, or a wrong count.
    pub odd_share: f64,
    /// Share of conversations beside which a record stands that has no ID or is no object.
    pub broken_share: f64,
    /// Share of conversations whose first text ends in a lone `\ud83d`.
    pub lone_surrogate_share: f64,
    /// Share of conversations with numbers that fit no binary type (`1E400`, 30 digits): legal JSON that many parsers refuse.
    pub extreme_number_share: f64,
    /// What `ts` of a list row is.
    pub list_ts: ListTs,
    /// How many sentences an agent says at once, at most.
    pub sentences: usize,
}

impl Generator {
    /// Conversations from 2024-12-01 to 2025-02-28, 0.5 % of them odd, nothing broken.
    #[must_use]
    pub fn new(seed: u64, conversations: u64) -> Self {
        Self {
            seed,
            conversations,
            from: 1_733_011_200,
            until: 1_740_787_200,
            odd_share: 0.005,
            broken_share: 0.0,
            lone_surrogate_share: 0.0,
            extreme_number_share: 0.0,
            list_ts: ListTs::LastMessage,
            sentences: 4,
        }
    }
}

/// What `ts` of a convocore list row is. The document only says "timestamp"; its example shows the last message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListTs {
    /// When the conversation began.
    FirstMessage,
    /// When its last message came, so that a changed conversation moves to the front.
    LastMessage,
}

/// Whether the end of an AgentX window belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowEnd {
    /// `[start, end)`
    Exclusive,
    /// `[start, end]`
    Inclusive,
}

/// How the convocore list pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListMode {
    /// As the document says: `page` and `limit` up to 100.
    Seed,
    /// As seen in August 2026: `cursor`, `hasMore`, `nextCursor`, `limit` up to 20, and `page` above 1 refused.
    Cursor,
}

/// A limit on requests: at most `requests` in any half-open window of `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many are let through.
    pub requests: usize,
    /// In how long.
    pub per: Duration,
    /// Whether a 429 says `Retry-After` (in seconds).
    pub retry_after: bool,
}

impl RateLimit {
    /// So many a second, and a 429 says how long to wait.
    #[must_use]
    pub fn per_second(requests: usize) -> Self {
        Self { requests, per: Duration::from_secs(1), retry_after: true }
    }
}
