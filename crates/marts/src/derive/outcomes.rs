//! `conversation_stats`: how each conversation went, a row each.

use convolake_model::Meaning;
use polars::prelude::*;

use super::expressions::{KEY, no_instant, seconds_between, sorted};
use super::facts::facts;
use super::ordered::OrderedMessages;
use super::spoken::Spoken;
use super::{AsOf, BusinessHours, Inputs};

/// The columns, in their order; the source is told by the place of the file. `as_of` is the instant up to which what is open counts.
const COLUMNS: [&str; 54] = [
    "agent_id",
    "conversation_id",
    "is_in_conversations",
    "user_id",
    "user_name",
    "channel",
    "locale",
    "state",
    "assigned_to",
    "tags",
    "sessions",
    "opened_at",
    "first_human_at",
    "first_reply_at",
    "first_response_seconds",
    "first_response_business_seconds",
    "first_agent_reply_at",
    "agent_response_seconds",
    "agent_response_business_seconds",
    "replies",
    "response_seconds_p50",
    "response_seconds_p95",
    "longest_wait_seconds",
    "waiting_since",
    "turns",
    "messages",
    "human_messages",
    "bot_messages",
    "agent_messages",
    "system_messages",
    "said_messages",
    "human_words",
    "bot_words",
    "agent_words",
    "handed_off",
    "handed_off_at",
    "handed_off_by",
    "takeovers",
    "ended",
    "ended_by",
    "ended_at",
    "contained",
    "abandoned",
    "resolved",
    "resolution_seconds",
    "reopened",
    "fallbacks",
    "rating",
    "feedback_text",
    "messages_declared",
    "user_messages_declared",
    "missing_messages",
    "last_active_at",
    "as_of",
];

/// What conversations are judged by.
pub(crate) struct ConversationStats<'a> {
    /// What the source's words mean.
    pub(crate) meaning: &'a Meaning,
    /// When people answer; `None` where nobody says.
    pub(crate) hours: Option<&'a BusinessHours>,
    /// Up to when what is open counts.
    pub(crate) as_of: AsOf,
}

/// A row a conversation, sorted by the key.
pub(crate) fn conversation_stats(
    inputs: &Inputs,
    messages: &OrderedMessages,
    spoken: &Spoken,
    by: &ConversationStats<'_>,
) -> LazyFrame {
    let meaning = by.meaning;
    let facts = facts(inputs, messages, spoken, meaning, by.hours);
    let with_as_of = facts.with_column(by.as_of.of(col("last_active_at"), meaning).alias("as_of"));
    let judged = with_as_of
        .with_columns([
            handed_off_by().alias("handed_off_by"),
            abandoned(meaning).alias("abandoned"),
            is_over("last_active_at", meaning).alias("is_quiet"),
            resolved(meaning).alias("resolved"),
            missing_messages().alias("missing_messages"),
        ])
        .with_columns([ended_by().alias("ended_by"), ended_at().alias("ended_at")])
        .with_columns([
            col("handed_off_by").is_not_null().alias("handed_off"),
            col("ended_by").is_not_null().alias("ended"),
            when(col("ended_by").is_not_null())
                .then(col("handed_off_by").is_null().and(col("abandoned").not()))
                .otherwise(lit(NULL))
                .cast(DataType::Boolean)
                .alias("contained"),
            when(col("resolved"))
                .then(seconds_between(col("opened_at"), col("ended_at")))
                .otherwise(lit(NULL))
                .cast(DataType::Float64)
                .alias("resolution_seconds"),
        ]);
    sorted(judged.select(COLUMNS.map(col)), &KEY)
}

/// Whether nothing has been said for the set time since an instant. One that is not known counts as long ago.
fn is_over(instant: &str, meaning: &Meaning) -> Expr {
    let microseconds = |name: &str| col(name).cast(DataType::Int64);
    let after = meaning.abandoned_after.as_seconds() * 1_000_000;
    (microseconds("as_of") - microseconds(instant)).gt_eq(lit(after)).fill_null(lit(true))
}

fn handed_off_by() -> Expr {
    let is_assigned = col("assigned_to").str().strip_chars(lit(" ")).neq(lit("")).fill_null(lit(false));
    when(col("hands_over"))
        .then(lit("message"))
        .when(col("says_handed_off"))
        .then(lit("state"))
        .when(is_assigned)
        .then(lit("assignment"))
        .otherwise(lit(NULL).cast(DataType::String))
}

fn abandoned(meaning: &Meaning) -> Expr {
    let declares = |name: &str| col(name).gt(lit(0)).fill_null(lit(false));
    let is_unknown =
        col("messages").eq(lit(0)).and(declares("messages_declared").or(declares("user_messages_declared")));
    when(is_unknown)
        .then(lit(NULL).cast(DataType::Boolean))
        .when(col("has_human_words"))
        .then(
            col("is_last_word_human").and(col("ends_with_end").not()).and(is_over("waiting_since", meaning)),
        )
        .otherwise(col("says_ended").or(col("ends_with_end")).or(is_over("last_active_at", meaning)))
}

fn ended_by() -> Expr {
    when(col("ends_with_end"))
        .then(lit("message"))
        .when(col("says_ended"))
        .then(lit("state"))
        .when(col("is_quiet").or(col("abandoned").fill_null(lit(false))))
        .then(lit("quiet"))
        .otherwise(lit(NULL).cast(DataType::String))
}

fn ended_at() -> Expr {
    let is_over = col("says_ended").or(col("is_quiet")).or(col("abandoned").fill_null(lit(false)));
    when(col("ends_with_end"))
        .then(coalesce(&[col("last_end_at"), col("last_active_at")]))
        .when(is_over)
        .then(col("last_active_at"))
        .otherwise(no_instant())
}

fn resolved(meaning: &Meaning) -> Expr {
    if !meaning.knows_resolved() {
        return lit(NULL).cast(DataType::Boolean);
    }
    let is_rated = match meaning.resolved_by_rating {
        Some(least) => col("rating").gt_eq(lit(least)).fill_null(lit(false)),
        None => lit(false),
    };
    col("says_resolved").or(is_rated)
}

/// What is declared and not here; null where nothing is declared.
fn missing_messages() -> Expr {
    let missing = |declared: &str, here: &str| {
        let missing = col(declared) - col(here);
        when(missing.clone().gt(lit(0))).then(missing).otherwise(lit(0i64))
    };
    let (all, of_person) =
        (missing("messages_declared", "messages"), missing("user_messages_declared", "human_messages"));
    let declares = col("messages_declared").is_not_null().or(col("user_messages_declared").is_not_null());
    when(declares)
        .then(when(all.clone().gt_eq(of_person.clone())).then(all).otherwise(of_person))
        .otherwise(lit(NULL).cast(DataType::Int64))
}
