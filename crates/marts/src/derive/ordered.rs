//! Every message, in its place in the conversation, with its words and what it counts as.

use convolake_model::Meaning;
use polars::prelude::*;

use super::expressions::{CONVERSATION, KEY, is, is_one_of, sorted};
use super::words::words;

/// All messages of some conversations, conversation by conversation, each in its order.
///
/// Columns: `#conversation`, `#position` (from 0, over all rows), the key, `role`, `sent_at`, `words`, `is_said`, `is_end`, `is_fallback`,
/// `hands_over`.
pub(crate) struct OrderedMessages(pub(super) DataFrame);

/// What a message's place over all rows is called.
pub(super) const POSITION: &str = "#position";

impl OrderedMessages {
    /// The rows.
    pub(super) fn rows(&self) -> LazyFrame {
        self.0.clone().lazy()
    }

    /// The key of each conversation.
    pub(super) fn keys(&self) -> LazyFrame {
        self.rows().filter(super::expressions::is_first()).select([
            col(CONVERSATION),
            col(KEY[0]),
            col(KEY[1]),
        ])
    }
}

/// Messages in their order. Where there are turns, it is theirs; else that of time. Equal times go by the id, byte by byte; no time comes
/// last.
///
/// # Errors
/// What reading the messages gives.
pub(crate) fn ordered_messages(messages: LazyFrame, meaning: &Meaning) -> PolarsResult<OrderedMessages> {
    let sides = ["human", "bot", "agent"].map(str::to_owned);
    let is_said = is_one_of("role", &sides).and(is_one_of("type", &meaning.event).not());
    let marked = messages.select([
        col(KEY[0]),
        col(KEY[1]),
        col("message_id"),
        col("turn_index"),
        col("message_index"),
        col("role"),
        col("sent_at"),
        // Texts go here; what follows holds numbers.
        words(col("text")).alias("words"),
        is_said.alias("is_said"),
        is_one_of("type", &meaning.ended.types).alias("is_end"),
        is_one_of("type", &meaning.fallback).alias("is_fallback"),
        is_one_of("type", &meaning.handed_off.types).alias("hands_over"),
    ]);
    // In no order, and with no more than a few texts in memory.
    let marked = marked.collect_with_engine(Engine::Streaming)?.unwrap_single().lazy();
    let order = ["turn_index", "message_index", "sent_at", "message_id"];
    let ordered = sorted(marked, &[&KEY[..], &order].concat());
    let is_other = |name: &str| col(name).neq_missing(col(name).shift(lit(1)));
    let begins = is_other(KEY[0]).or(is_other(KEY[1]));
    let rows = ordered
        .select([
            begins.cast(IDX_DTYPE).cum_sum(false).alias(CONVERSATION),
            col(KEY[0]),
            col(KEY[1]),
            col("role"),
            col("sent_at"),
            col("words"),
            col("is_said"),
            col("is_end"),
            col("is_fallback"),
            col("hands_over").or(col("is_said").and(is("role", "agent"))),
        ])
        .with_row_index(POSITION, None)
        .collect()?;
    Ok(OrderedMessages(rows))
}
