//! What the messages of each conversation tell, in one row.

use convolake_model::Meaning;
use polars::prelude::*;

use super::AsOf;
use super::expressions::{CONVERSATION, KEY, before, count_of, is, is_first, key};
use super::ordered::{OrderedMessages, POSITION};

/// A row a conversation that has messages, with `#conversation` and the key.
pub(crate) struct Spoken(DataFrame);

impl Spoken {
    /// # Errors
    /// None but a fault of this program.
    pub(crate) fn of(messages: &OrderedMessages, meaning: &Meaning, as_of: AsOf) -> PolarsResult<Self> {
        let join = || JoinArgs::new(JoinType::Left);
        let told = told(messages)
            .join(takeovers(messages), [col(CONVERSATION)], [col(CONVERSATION)], join())
            .with_columns([as_of.of(col("last_said_at"), meaning).alias("as_of")]);
        Ok(Self(told.collect()?))
    }

    /// The rows.
    pub(super) fn rows(&self) -> LazyFrame {
        self.0.clone().lazy()
    }
}

fn told(messages: &OrderedMessages) -> LazyFrame {
    let said_by = |role: &str| col("is_said").and(is("role", role));
    let has_time = || col("sent_at").is_not_null();
    let words_by = |role: &str| when(said_by(role)).then(col("words")).otherwise(lit(0i64)).sum();
    let is_reply = || col("is_said").and(is("role", "human").not());
    let first_human = || col(POSITION).filter(said_by("human").and(has_time())).min();
    // The first after the person's first message, both with a time.
    let first_after = |of: Expr| {
        col("sent_at")
            .filter(of.and(has_time()).and(col(POSITION).gt_eq(first_human()).fill_null(lit(false))))
            .first()
    };
    messages.rows().group_by([col(CONVERSATION)]).agg([
        col(KEY[0]).first(),
        col(KEY[1]).first(),
        len().cast(DataType::Int64).alias("messages"),
        count_of(is("role", "human")).alias("human_messages"),
        count_of(is("role", "bot")).alias("bot_messages"),
        count_of(is("role", "agent")).alias("agent_messages"),
        count_of(is("role", "system")).alias("system_messages"),
        count_of(col("is_said")).alias("said_messages"),
        words_by("human").alias("human_words"),
        words_by("bot").alias("bot_words"),
        words_by("agent").alias("agent_words"),
        count_of(col("is_fallback")).alias("fallbacks"),
        col("sent_at").min().alias("first_sent_at"),
        col("sent_at").max().alias("last_sent_at"),
        col("sent_at").filter(col("is_said")).max().alias("last_said_at"),
        col("role").filter(col("is_said")).last().alias("last_word_by"),
        col(POSITION).filter(said_by("human")).max().alias("last_human_position"),
        col(POSITION).filter(col("is_end")).min().alias("first_end_position"),
        col(POSITION).filter(col("is_end")).max().alias("last_end_position"),
        col("sent_at").filter(col("is_end").and(has_time())).last().alias("last_end_at"),
        col("sent_at").filter(said_by("human").and(has_time())).first().alias("first_human_at"),
        first_after(is_reply()).alias("first_reply_at"),
        first_after(said_by("agent")).alias("first_agent_reply_at"),
        col("hands_over").any(true).alias("hands_over"),
        col("sent_at").filter(col("hands_over").and(has_time())).first().alias("handed_off_at"),
    ])
}

/// How often an agent came in: replies of an agent of which the reply before is no agent's.
fn takeovers(messages: &OrderedMessages) -> LazyFrame {
    let replies = messages.rows().filter(col("is_said").and(is("role", "human").not()));
    let replies = replies.select([col(CONVERSATION), col("role")]);
    let comes_in = is("role", "agent").and(is_first().or(before("role").neq_missing(lit("agent"))));
    replies
        .select([col(CONVERSATION), comes_in.alias("comes_in")])
        .group_by([col(CONVERSATION)])
        .agg([count_of(col("comes_in")).alias("takeovers")])
}

/// A frame joined to rows that have the key, one row each at the most.
pub(super) fn with_part(rows: LazyFrame, part: LazyFrame) -> LazyFrame {
    rows.join(part, key(), key(), JoinArgs::new(JoinType::Left))
}
