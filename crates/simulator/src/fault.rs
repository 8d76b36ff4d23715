use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::stream::Stream;

/// One planned misbehaviour of an endpoint.
///
/// It counts the requests that reach its endpoint from the moment it is set, that carry the right key, are inside the
/// rate limit, and contain `when`. Where two faults fit the same request the earlier in the list is played; both count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Whose requests.
    pub endpoint: Stream,
    /// The first request that is hit, from 1.
    #[serde(default = "one")]
    pub from: u64,
    /// How many requests in a row are hit.
    #[serde(default = "one")]
    pub times: u64,
    /// Only requests whose query contains this text; also the only ones counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What happens. In JSON its fields stand beside the others, and its name under `kind`.
    #[serde(flatten)]
    pub kind: FaultKind,
}

impl Fault {
    /// `kind` at the `from`-th request, `times` times in a row.
    #[must_use]
    pub fn new(endpoint: Stream, from: u64, times: u64, kind: FaultKind) -> Self {
        Self { endpoint, from, times, when: None, kind }
    }
}

/// The ways to misbehave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// This status instead of an answer.
    Status {
        /// The HTTP status.
        code: u16,
        /// Text of a `Retry-After` header, as it is to be sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
        /// The body; a JSON message by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    /// The body ends before its end.
    Torn {
        /// After so many bytes; half of the body by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<usize>,
        /// What the transport says about it.
        #[serde(default)]
        how: TornHow,
    },
    /// 200 with a page of HTML.
    Html,
    /// 200 with `{"success":false,"message":...}`.
    SuccessFalse {
        /// The message.
        #[serde(default = "unavailable")]
        message: String,
    },
    /// 200 with nothing in it.
    EmptyBody,
    /// The right answer, later.
    Delay {
        /// So many milliseconds later.
        ms: u64,
    },
    /// Half of the right answer, then a pause, then the rest.
    Stall {
        /// How long the pause is, in milliseconds.
        ms: u64,
    },
    /// The connection is closed without an answer, by RST.
    Reset,
    /// The connection is closed without an answer, as a server does that has kept it open for long enough.
    HangUp,
    /// Not a byte comes, and the connection stays open.
    Mute,
    /// The right answer, its head included, a few bytes at a time.
    Drip {
        /// So many at a time.
        bytes: usize,
        /// What lies between them, in milliseconds.
        ms: u64,
    },
    /// The right page, said to be in gzip.
    Gzip {
        /// What it is.
        how: GzipHow,
    },
    /// The right page in another way to write text.
    Text {
        /// Which.
        how: TextHow,
    },
    /// The right page with these headers beside its own, or in their place.
    Headers {
        /// By name.
        headers: BTreeMap<String, String>,
    },
    /// The right page, but for one field of each record.
    Field {
        /// The field, at the top of a record.
        name: String,
        /// What it is, in JSON; the field is away where there is nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// The answer carries a cursor that was given out before.
    RepeatCursor {
        /// How many pages earlier than the one asked with; 0 is the very cursor of the request.
        #[serde(default)]
        back: usize,
    },
    /// The first page, whichever was asked for.
    SamePage,
    /// A page without records, whose cursor leads on (and one record back).
    EmptyPage,
    /// A page that says there is more, and not where.
    NoWayOn,
    /// The page says that it is the last, whatever stands behind it.
    FalseEnd,
    /// The records of all time, whatever window was asked for.
    IgnoresWindow,
    /// Both ends of the window rounded down.
    RoundsWindow {
        /// To so many seconds.
        to_s: i64,
    },
    /// So many of the newest records are gone for good, and then comes what is the right page now.
    Gone {
        /// How many.
        newest: usize,
    },
    /// So many percent of the conversations go on, and then comes what is the right page now.
    Change {
        /// How many.
        percent: f64,
    },
    /// `data` is null.
    NullData,
    /// A body that is no JSON, though as long as the right one.
    InvalidJson,
    /// 400, as for a cursor that is too old.
    ExpiredCursor,
    /// The right page, without the records of a conversation; where it is asked for by its id, with them.
    LeaveOut {
        /// The conversation's id.
        conversation: String,
    },
    /// The right page, with a conversation's export without its turns; where it is asked for by its id, with them.
    LeaveOutTurns {
        /// The conversation's id.
        conversation: String,
    },
    /// The right page, with half an emoji (`\ud83d`) in its first string value of some length.
    LoneSurrogate,
}

/// How a torn body shows in HTTP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TornHow {
    /// `Content-Length` of the whole body, then the connection closes.
    #[default]
    Close,
    /// `Content-Length` of the part, so that HTTP is content and only the JSON is not.
    Short,
    /// Chunked, without the last chunk.
    Chunked,
}

/// What a body is that says it were in gzip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GzipHow {
    /// Not compressed at all.
    Plain,
    /// Compressed twice.
    Double,
    /// The first half.
    Truncated,
    /// Whole, with a wrong checksum.
    BadSum,
    /// Whole, and something behind it.
    Trailing,
    /// In two members, which is as it should be.
    Members,
}

/// A way to write text that is not plain UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextHow {
    /// UTF-8 behind a byte order mark.
    Bom,
    /// UTF-16, with its mark, as the charset says.
    Utf16,
}

impl FaultKind {
    /// The name that stands under `kind`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Torn { .. } => "torn",
            Self::Html => "html",
            Self::SuccessFalse { .. } => "success_false",
            Self::EmptyBody => "empty_body",
            Self::Delay { .. } => "delay",
            Self::Stall { .. } => "stall",
            Self::Reset => "reset",
            Self::HangUp => "hang_up",
            Self::Mute => "mute",
            Self::Drip { .. } => "drip",
            Self::Gzip { .. } => "gzip",
            Self::Text { .. } => "text",
            Self::Headers { .. } => "headers",
            Self::Field { .. } => "field",
            Self::EmptyPage => "empty_page",
            Self::NoWayOn => "no_way_on",
            Self::FalseEnd => "false_end",
            Self::IgnoresWindow => "ignores_window",
            Self::RoundsWindow { .. } => "rounds_window",
            Self::Gone { .. } => "gone",
            Self::Change { .. } => "change",
            Self::RepeatCursor { .. } => "repeat_cursor",
            Self::SamePage => "same_page",
            Self::NullData => "null_data",
            Self::InvalidJson => "invalid_json",
            Self::ExpiredCursor => "expired_cursor",
            Self::LeaveOut { .. } => "leave_out",
            Self::LeaveOutTurns { .. } => "leave_out_turns",
            Self::LoneSurrogate => "lone_surrogate",
        }
    }
}

fn one() -> u64 {
    1
}

fn unavailable() -> String {
    "The export is unavailable".to_owned()
}

/// The faults that are set, with how many requests each has counted.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    faults: Mutex<Vec<(Fault, u64)>>,
}

impl FaultPlan {
    pub(crate) fn add(&self, faults: Vec<Fault>) {
        let mut planned = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        planned.extend(faults.into_iter().map(|fault| (fault, 0)));
    }

    pub(crate) fn clear(&self) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Counts a request and says what is to happen to it.
    pub(crate) fn next(&self, endpoint: Stream, query: &str) -> Option<FaultKind> {
        let mut planned = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hit = None;
        for (fault, counted) in planned.iter_mut() {
            let concerns =
                fault.endpoint == endpoint && fault.when.as_deref().is_none_or(|text| query.contains(text));
            if !concerns {
                continue;
            }
            *counted += 1;
            let in_range = *counted >= fault.from && *counted - fault.from < fault.times;
            if in_range && hit.is_none() {
                hit = Some(fault.kind.clone());
            }
        }
        hit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_hit_the_requests_they_name() {
        let plan = FaultPlan::default();
        let parsed: Vec<Fault> = serde_json::from_str(
            r#"[{"endpoint":"agentx_messages","from":2,"times":2,"kind":"status","code":503},
                {"endpoint":"agentx_messages","when":"cursor=","kind":"reset"},
                {"endpoint":"convocore_list","kind":"torn","how":"short"}]"#,
        )
        .unwrap();
        plan.add(parsed);
        let names: Vec<Option<&str>> = ["a", "b", "c", "cursor=1", "cursor=2"]
            .iter()
            .map(|query| plan.next(Stream::AgentxMessages, query).map(|kind| kind.name()))
            .collect();
        assert_eq!(names, [None, Some("status"), Some("status"), Some("reset"), None]);
        assert_eq!(plan.next(Stream::AgentxConversations, ""), None);
        assert_eq!(
            plan.next(Stream::ConvocoreList, ""),
            Some(FaultKind::Torn { at: None, how: TornHow::Short })
        );
    }
}
