//! What each row of other derived tables adds to the day it counts on.

use polars::prelude::*;

use super::Clock;
use super::expressions::{KEY, key};

/// Derived tables of whole conversations, of one source.
#[derive(Clone)]
pub(crate) struct DailyParts {
    pub(crate) conversation_stats: LazyFrame,
    pub(crate) conversation_days: LazyFrame,
    pub(crate) response_times: LazyFrame,
}

/// The columns by which days are told apart.
pub(super) const PLACE: [&str; 4] = ["day", "agent_id", "channel", "locale"];

impl DailyParts {
    /// Rows that add up to `daily_stats`: each thing on its own day, all else null.
    pub(super) fn stacked(&self, clock: &Clock) -> PolarsResult<LazyFrame> {
        let place = || [col("agent_id"), col("channel"), col("locale")];
        let flag = |condition: Expr, name: &str| condition.cast(DataType::Int64).alias(name);
        let one = |name: &str| lit(1i64).alias(name);
        let mut opened = vec![clock.day_of(col("opened_at")).alias("day"), one("opened")];
        opened.extend(place());
        opened.extend([
            flag(col("contained").is_not_null(), "opened_and_ended"),
            flag(col("contained").is_not_null().and(col("handed_off")), "handed_off_and_ended"),
            flag(col("handed_off"), "handed_off"),
            flag(col("contained"), "contained"),
            flag(col("abandoned"), "abandoned"),
            flag(col("resolved"), "resolved"),
            flag(col("reopened"), "reopened"),
            flag(col("missing_messages").is_not_null(), "declared"),
            flag(col("missing_messages").eq(lit(0)), "complete"),
            col("missing_messages"),
            col("first_response_seconds"),
            col("agent_response_seconds"),
        ]);
        let mut ended = vec![clock.day_of(col("ended_at")).alias("day"), one("ended")];
        ended.extend(place());
        let mut active = vec![col("day"), flag(col("is_active"), "active")];
        active.extend(place());
        active.extend(["messages", "human_messages", "bot_messages", "agent_messages"].map(col));
        let mut replied =
            vec![clock.day_of(col("replied_at")).alias("day"), one("replies"), col("response_seconds")];
        replied.extend(place());
        let stats = &self.conversation_stats;
        let of_conversation = stats.clone().select([col(KEY[0]), col(KEY[1]), col("channel"), col("locale")]);
        let join = |frame: &LazyFrame| {
            frame.clone().join(of_conversation.clone(), key(), key(), JoinArgs::new(JoinType::Inner))
        };
        let parts = [
            stats.clone().select(opened),
            stats.clone().filter(col("ended")).select(ended),
            join(&self.conversation_days).select(active),
            join(&self.response_times).select(replied),
        ];
        concat_lf_diagonal(parts, UnionArgs::default())
    }
}
