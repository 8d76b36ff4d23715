use serde::{Deserialize, Serialize};

/// One of the four streams; each has exactly one endpoint, so the same name stands for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// `GET /conversations/export/v1/conversations`
    AgentxConversations,
    /// `GET /conversations/export/v1/messages`
    AgentxMessages,
    /// `GET /v3/agents/{agent_id}/convos`
    ConvocoreList,
    /// `GET /v2/agents/{agent_id}/convos/export`
    ConvocoreExport,
}

impl Stream {
    /// All four, in the order in which they stand in arrays of this crate.
    pub const ALL: [Self; 4] =
        [Self::AgentxConversations, Self::AgentxMessages, Self::ConvocoreList, Self::ConvocoreExport];

    /// The name used in JSON and in `/_simulator/records/{stream}`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AgentxConversations => "agentx_conversations",
            Self::AgentxMessages => "agentx_messages",
            Self::ConvocoreList => "convocore_list",
            Self::ConvocoreExport => "convocore_export",
        }
    }

    /// The stream of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.name() == name)
    }

    /// AgentX answers oldest first, Convocore newest first.
    pub(crate) fn newest_first(self) -> bool {
        matches!(self, Self::ConvocoreList | Self::ConvocoreExport)
    }

    /// The largest page the document allows.
    pub(crate) fn largest_page(self) -> usize {
        match self {
            Self::AgentxConversations | Self::AgentxMessages => 1000,
            Self::ConvocoreList => 100,
            Self::ConvocoreExport => 20,
        }
    }

    /// The fields that stand before the record array of an answer, with their raw values.
    pub(crate) fn envelope_fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::AgentxConversations | Self::AgentxMessages => &[],
            Self::ConvocoreList => {
                &[("success", "true"), ("message", r#""Conversations retrieved successfully""#)]
            }
            Self::ConvocoreExport => {
                &[("success", "true"), ("message", r#""Agent conversations exported successfully""#)]
            }
        }
    }

    /// Whose records this stream belongs to: the view of the same conversations that is found first.
    pub(crate) fn leader(self) -> Self {
        match self {
            Self::AgentxConversations | Self::AgentxMessages => Self::AgentxConversations,
            Self::ConvocoreList | Self::ConvocoreExport => Self::ConvocoreList,
        }
    }

    /// The page file of a corpus folder, without `.jsonl` or `.jsonl.zst`.
    pub(crate) fn file_stem(self) -> &'static str {
        match self {
            Self::AgentxConversations => "agentx_conversations",
            Self::AgentxMessages => "agentx_messages",
            Self::ConvocoreList => "convocore_v3_list",
            Self::ConvocoreExport => "convocore_v2_export",
        }
    }

    pub(crate) fn index(self) -> usize {
        match self {
            Self::AgentxConversations => 0,
            Self::AgentxMessages => 1,
            Self::ConvocoreList => 2,
            Self::ConvocoreExport => 3,
        }
    }
}
