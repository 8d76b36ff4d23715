//! What is to change, and what did.

use serde::{Deserialize, Serialize};

/// Lets a share of the conversations go on by one human message, as between two runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChangeRequest {
    /// Percent of the conversations of each platform; at least one where there are any and this is above 0.
    pub percent: f64,
    /// Chooses which.
    #[serde(default)]
    pub seed: u64,
    /// When the message comes, in Unix seconds; the simulator's now by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
}

/// Lets conversations of each platform be answered again that had been quiet for weeks: new messages, other tags, another time
/// of change. The beginning of a conversation stays, and with it the window in which AgentX files it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReopenRequest {
    /// These ids; where there are none, `count` of those that began at least `quiet_s` before `at`.
    pub conversations: Vec<String>,
    /// How many of each platform.
    pub count: usize,
    /// How long before `at` they must have begun, in seconds.
    pub quiet_s: i64,
    /// Chooses which.
    pub seed: u64,
    /// How many human messages come, one a second.
    pub messages: u32,
    /// Their tags from then on; as they were by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// When the first message comes, in Unix seconds; the simulator's now by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
}

impl Default for ReopenRequest {
    /// One conversation of each platform, three weeks old, goes on by three messages.
    fn default() -> Self {
        Self {
            conversations: Vec::new(),
            count: 1,
            quiet_s: 21 * 86_400,
            seed: 0,
            messages: 3,
            tags: None,
            at: None,
        }
    }
}

/// Which conversations went on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// When, in Unix seconds.
    pub at: i64,
    /// IDs in convocore's list and export.
    pub convocore: Vec<String>,
    /// IDs in AgentX's conversations.
    pub agentx: Vec<String>,
}
