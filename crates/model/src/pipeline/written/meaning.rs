//! `meaning:` and `marts:` as written: what the words of a source mean, and which tables are derived from its rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Pointer, Span};

/// What the words of the source mean. Words are compared as they stand, in upper and lower case.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ ended: { state: [closed] } }`")]
#[schemars(rename = "Meaning")]
pub(crate) struct MeaningWritten {
    /// Kinds of message that neither side said: they neither ask nor answer, and have no words.
    #[serde(default)]
    pub(crate) event: KindsWritten,
    /// Signs that the conversation is over.
    #[serde(default)]
    pub(crate) ended: SignsWritten,
    /// Signs that people took over, or were asked to.
    #[serde(default)]
    pub(crate) handed_off: SignsWritten,
    /// Signs that the matter of the conversation is settled.
    #[serde(default)]
    pub(crate) resolved: ResolvedWritten,
    /// Kinds of message by which the bot shows that it did not get on.
    #[serde(default)]
    pub(crate) fallback: KindsWritten,
    /// Where a person's rating and its text stand in `leads.feedback`.
    #[serde(default)]
    pub(crate) feedback: FeedbackWritten,
    /// How long nothing is said before a conversation counts as over; 1d by default.
    pub(crate) abandoned_after: Option<Span>,
    /// The zone of the IANA database whose midnights cut days, and in which business hours are; UTC by default.
    pub(crate) zone: Option<String>,
    /// When people answer, by the day of the week. Without any, business seconds are null.
    #[serde(default)]
    pub(crate) business_hours: WeekWritten,
    /// Days of the zone on which no slot of the business hours begins, as in `2026-12-25`.
    #[serde(default)]
    pub(crate) holidays: Vec<String>,
}

/// Kinds of message.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ type: [system] }`")]
#[schemars(rename = "Kinds")]
pub(crate) struct KindsWritten {
    /// The `type` of a message is one of these.
    #[serde(rename = "type", default)]
    pub(crate) types: Vec<String>,
}

/// Signs: each of them is enough.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ state: [closed], tag: [done], type: [end] }`")]
#[schemars(rename = "Signs")]
pub(crate) struct SignsWritten {
    /// The `state` of the conversation is one of these.
    #[serde(rename = "state", default)]
    pub(crate) states: Vec<String>,
    /// One of these is among the `tags` of the conversation.
    #[serde(rename = "tag", default)]
    pub(crate) tags: Vec<String>,
    /// The `type` of one of its messages is one of these.
    #[serde(rename = "type", default)]
    pub(crate) types: Vec<String>,
}

/// Signs that a matter is settled: each of them is enough.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ tag: [resolved], rating_at_least: 4 }`")]
#[schemars(rename = "Resolved")]
pub(crate) struct ResolvedWritten {
    /// The `state` of the conversation is one of these.
    #[serde(rename = "state", default)]
    pub(crate) states: Vec<String>,
    /// One of these is among the `tags` of the conversation.
    #[serde(rename = "tag", default)]
    pub(crate) tags: Vec<String>,
    /// The person's rating is this or more.
    pub(crate) rating_at_least: Option<f64>,
}

/// Pointers into `leads.feedback`; the first that is there counts.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ rating: [/rating], text: [/comment] }`")]
#[schemars(rename = "Feedback")]
pub(crate) struct FeedbackWritten {
    /// The rating, a number.
    #[serde(default)]
    pub(crate) rating: Vec<Pointer>,
    /// Its text.
    #[serde(default)]
    pub(crate) text: Vec<Pointer>,
}

/// Slots of business hours, as in `09:00-17:30`. One that ends at or before its beginning goes on to the next day; `24:00` is
/// midnight at the end of the day.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ monday: [09:00-12:00, 13:00-17:30] }`")]
#[schemars(rename = "Week")]
pub(crate) struct WeekWritten {
    /// Slots that begin on a Monday.
    #[serde(default)]
    pub(crate) monday: Vec<String>,
    /// Slots that begin on a Tuesday.
    #[serde(default)]
    pub(crate) tuesday: Vec<String>,
    /// Slots that begin on a Wednesday.
    #[serde(default)]
    pub(crate) wednesday: Vec<String>,
    /// Slots that begin on a Thursday.
    #[serde(default)]
    pub(crate) thursday: Vec<String>,
    /// Slots that begin on a Friday.
    #[serde(default)]
    pub(crate) friday: Vec<String>,
    /// Slots that begin on a Saturday.
    #[serde(default)]
    pub(crate) saturday: Vec<String>,
    /// Slots that begin on a Sunday.
    #[serde(default)]
    pub(crate) sunday: Vec<String>,
}

impl WeekWritten {
    /// The days by name, Monday first.
    pub(crate) fn days(&self) -> [(&'static str, &[String]); 7] {
        [
            ("monday", &self.monday),
            ("tuesday", &self.tuesday),
            ("wednesday", &self.wednesday),
            ("thursday", &self.thursday),
            ("friday", &self.friday),
            ("saturday", &self.saturday),
            ("sunday", &self.sunday),
        ]
    }
}
