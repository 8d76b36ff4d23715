//! All that is known of each conversation, before it is judged.

use convolake_model::Meaning;
use polars::prelude::*;

use super::expressions::{CONVERSATION, KEY, is, key, no_instant, percentile, seconds_between};
use super::ordered::OrderedMessages;
use super::spoken::{Spoken, with_part};
use super::told::{ratings, says};
use super::waits::waits;
use super::{BusinessHours, Inputs, runs};

/// What stands in `conversations`, the key apart.
const OF_SOURCE: [&str; 13] = [
    "user_id",
    "user_name",
    "channel",
    "state",
    "locale",
    "assigned_to",
    "tags",
    "messages_declared",
    "user_messages_declared",
    "sessions",
    "started_at",
    "first_message_at",
    "last_message_at",
];
/// What is 0 where a conversation has no messages.
const COUNTS: [&str; 12] = [
    "messages",
    "human_messages",
    "bot_messages",
    "agent_messages",
    "system_messages",
    "said_messages",
    "human_words",
    "bot_words",
    "agent_words",
    "fallbacks",
    "takeovers",
    "replies",
];

/// A row a conversation: of those in `conversations`, and of those that only messages are of.
pub(super) fn facts(
    inputs: &Inputs,
    messages: &OrderedMessages,
    spoken: &Spoken,
    meaning: &Meaning,
    hours: Option<&BusinessHours>,
) -> LazyFrame {
    let known = inputs.conversations.clone().with_columns([
        lit(true).alias("is_in_conversations"),
        says(&meaning.handed_off).alias("says_handed_off"),
        says(&meaning.ended).alias("says_ended"),
        says(&meaning.resolved).alias("says_resolved"),
    ]);
    let keys = [known.clone().select(key()), spoken.rows().select(key())];
    let keys = concat(keys, UnionArgs::default()).unwrap_or_else(|_| spoken.rows().select(key()));
    let joined = [
        known,
        with_waits(messages, spoken),
        turn_counts(inputs, messages),
        ratings(inputs.leads.clone(), meaning),
    ]
    .into_iter()
    .fold(keys.unique(None, UniqueKeepStrategy::Any), with_part);
    let count = |name: &str| col(name).fill_null(lit(0i64)).alias(name);
    let is_true = |name: &str| col(name).fill_null(lit(false)).alias(name);
    let last_active = ["last_said_at", "last_sent_at", "last_message_at", "first_message_at", "started_at"];
    let mut columns: Vec<Expr> = KEY.iter().chain(&OF_SOURCE).map(|name| col(*name)).collect();
    columns.extend(COUNTS.map(count));
    columns.extend([
        count("turns"),
        is_true("is_in_conversations"),
        is_true("says_handed_off"),
        is_true("says_ended"),
        is_true("says_resolved"),
        is_true("hands_over"),
        coalesce(&["first_message_at", "started_at", "first_sent_at"].map(col)).alias("opened_at"),
        coalesce(&last_active.map(col)).alias("last_active_at"),
        col("last_human_position").is_not_null().alias("has_human_words"),
        is("last_word_by", "human").alias("is_last_word_human"),
        col("last_human_position").gt(col("first_end_position")).fill_null(lit(false)).alias("reopened"),
        // An ending that no word of the person follows.
        col("last_end_position")
            .is_not_null()
            .and(
                col("last_human_position")
                    .is_null()
                    .or(col("last_end_position").gt(col("last_human_position"))),
            )
            .fill_null(lit(false))
            .alias("ends_with_end"),
        seconds_between(col("first_human_at"), col("first_reply_at")).alias("first_response_seconds"),
        seconds_between(col("first_human_at"), col("first_agent_reply_at")).alias("agent_response_seconds"),
        business(hours, "first_reply_at").alias("first_response_business_seconds"),
        business(hours, "first_agent_reply_at").alias("agent_response_business_seconds"),
    ]);
    let as_they_are = [
        "first_human_at",
        "first_reply_at",
        "first_agent_reply_at",
        "response_seconds_p50",
        "response_seconds_p95",
        "longest_wait_seconds",
        "waiting_since",
        "handed_off_at",
        "last_end_at",
        "rating",
        "feedback_text",
    ];
    columns.extend(as_they_are.map(col));
    joined.select(columns)
}

fn business(hours: Option<&BusinessHours>, reply: &str) -> Expr {
    match hours {
        Some(hours) => hours.between(col("first_human_at"), col(reply)),
        None => lit(NULL).cast(DataType::Float64),
    }
}

/// What messages tell of each conversation, waits included.
fn with_waits(messages: &OrderedMessages, spoken: &Spoken) -> LazyFrame {
    let answered = || col("wait_seconds").filter(col("is_answered"));
    let summed_up = waits(messages, spoken).group_by([col(CONVERSATION)]).agg([
        col("is_answered").cast(DataType::Int64).sum().alias("replies"),
        percentile(answered(), 0.5).alias("response_seconds_p50"),
        percentile(answered(), 0.95).alias("response_seconds_p95"),
        col("wait_seconds").max().alias("longest_wait_seconds"),
        col("asked_at").filter(col("is_open")).first().fill_null(no_instant()).alias("waiting_since"),
    ]);
    let on = || [col(CONVERSATION)];
    spoken.rows().join(summed_up, on(), on(), JoinArgs::new(JoinType::Left))
}

/// The turns of each conversation: rows of `turns`, and where it has none, runs of messages of one role.
fn turn_counts(inputs: &Inputs, messages: &OrderedMessages) -> LazyFrame {
    let of_source = inputs.turns.clone().select(key());
    let derived = runs::derived_turns(messages, of_source.clone()).select(key());
    let all = concat([of_source.clone(), derived], UnionArgs::default()).unwrap_or(of_source);
    all.group_by(key()).agg([len().cast(DataType::Int64).alias("turns")])
}
