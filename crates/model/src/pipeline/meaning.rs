//! What the words of a source mean to the tables that are derived from its rows.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Pointer, Span};

/// A derived table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mart {
    /// A row a turn of a conversation that has none in the lake's own table: a run of messages of one role.
    Turns,
    /// A row a reply.
    ResponseTimes,
    /// A row a conversation.
    ConversationStats,
    /// A row a conversation and day of the zone on which it has messages.
    ConversationDays,
    /// A row a day, source, agent, channel and locale.
    DailyStats,
}

impl Mart {
    /// All of them, those that others are made of first.
    pub const ALL: [Self; 5] =
        [Self::Turns, Self::ResponseTimes, Self::ConversationStats, Self::ConversationDays, Self::DailyStats];

    /// What it is called, in YAML and in the lake.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Turns => "turns",
            Self::ResponseTimes => "response_times",
            Self::ConversationStats => "conversation_stats",
            Self::ConversationDays => "conversation_days",
            Self::DailyStats => "daily_stats",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mart| mart.name() == name)
    }
}

/// What the words of a source mean. Words are compared as they stand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Meaning {
    /// Types of messages that neither side said.
    pub event: Vec<String>,
    /// Types of messages by which the bot shows that it did not get on.
    pub fallback: Vec<String>,
    /// Signs that the conversation is over.
    pub ended: Signs,
    /// Signs that people took over, or were asked to.
    pub handed_off: Signs,
    /// Signs that the matter is settled; it has no types.
    pub resolved: Signs,
    /// The least rating that says that the matter is settled.
    pub resolved_by_rating: Option<f64>,
    /// Where a rating stands in `leads.feedback`; the first that is there counts.
    pub rating: Vec<Pointer>,
    /// Where the text of a rating stands; the first that is there and not empty counts.
    pub feedback_text: Vec<Pointer>,
    /// How long nothing is said before a conversation counts as over.
    pub abandoned_after: Span,
    /// The name of the IANA zone of days and business hours.
    pub zone: String,
    /// The slots that begin on each day of the week, Monday first; those of a day do not overlap.
    pub business_hours: [Vec<Slot>; 7],
    /// Days of the zone on which no slot begins, sorted.
    pub holidays: Vec<Date>,
}

/// Words that are signs of something, each enough by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Signs {
    /// The state of the conversation.
    pub states: Vec<String>,
    /// A tag of it.
    pub tags: Vec<String>,
    /// The type of a message of it.
    pub types: Vec<String>,
}

/// A slot of business hours, in minutes after midnight of the day it begins on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Slot {
    /// 0 to 1439.
    pub opens: u16,
    /// 1 to 1440. At or before `opens` it is on the next day.
    pub closes: u16,
}

impl Meaning {
    /// True where any word or rating says that a matter is settled, so that it can be known.
    pub fn knows_resolved(&self) -> bool {
        !self.resolved.states.is_empty()
            || !self.resolved.tags.is_empty()
            || self.resolved_by_rating.is_some()
    }

    /// True where there are business hours.
    pub fn has_business_hours(&self) -> bool {
        self.business_hours.iter().any(|slots| !slots.is_empty())
    }

    /// Every word, as `(means, field, word)`: the rows that `docs/sql/meaning.sql` has for the source.
    pub fn words(&self) -> Vec<(&'static str, &'static str, String)> {
        let mut words = Vec::new();
        let types = [
            ("event", &self.event),
            ("fallback", &self.fallback),
            ("handed_off", &self.handed_off.types),
            ("ended", &self.ended.types),
        ];
        let signs = [("handed_off", &self.handed_off), ("ended", &self.ended), ("resolved", &self.resolved)];
        for (means, list) in types {
            words.extend(list.iter().map(|word| (means, "type", word.clone())));
        }
        for (means, signs) in signs {
            words.extend(signs.states.iter().map(|word| (means, "state", word.clone())));
            words.extend(signs.tags.iter().map(|word| (means, "tag", word.clone())));
        }
        words.extend(
            self.resolved_by_rating.map(|rating| ("resolved", "rating_at_least", rating.to_string())),
        );
        words
    }
}
