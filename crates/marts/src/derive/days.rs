//! `conversation_days`: on which days a conversation has messages.

use polars::prelude::*;

use super::Clock;
use super::expressions::{CONVERSATION, KEY, count_of, is, sorted};
use super::ordered::OrderedMessages;

/// A row a conversation and day of the zone: the key, `day` (null for messages without a time), `is_active` (whether something was said),
/// `messages`, `human_messages`, `bot_messages`, `agent_messages`.
pub(crate) fn conversation_days(messages: &OrderedMessages, clock: &Clock) -> LazyFrame {
    let days = messages
        .rows()
        .with_column(clock.day_of(col("sent_at")).alias("day"))
        .group_by([col(CONVERSATION), col("day")])
        .agg([
            col(KEY[0]).first(),
            col(KEY[1]).first(),
            col("is_said").any(true).alias("is_active"),
            len().cast(DataType::Int64).alias("messages"),
            count_of(is("role", "human")).alias("human_messages"),
            count_of(is("role", "bot")).alias("bot_messages"),
            count_of(is("role", "agent")).alias("agent_messages"),
        ])
        .select([
            col(KEY[0]),
            col(KEY[1]),
            col("day"),
            col("is_active"),
            col("messages"),
            col("human_messages"),
            col("bot_messages"),
            col("agent_messages"),
        ]);
    sorted(days, &[KEY[0], KEY[1], "day"])
}
