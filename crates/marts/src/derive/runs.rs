//! Turns of conversations that have none in the lake's own table: runs of messages of one role, in their order.

use polars::prelude::*;

use super::expressions::{CONVERSATION, KEY, before, is_first, key, sorted};
use super::ordered::OrderedMessages;

/// A row a turn: the key, `turn_index` (from 0), `role`, `message_count`, `started_at`, `ended_at`. Every message counts, events too. `turns`
/// are those of the lake's table; its conversations are left out.
pub(crate) fn derived_turns(messages: &OrderedMessages, turns: LazyFrame) -> LazyFrame {
    let flat = messages.rows().join(turns, key(), key(), JoinArgs::new(JoinType::Anti));
    let flat = flat.sort(["#position"], SortMultipleOptions::default());
    let begins = is_first().or(col("role").neq_missing(before("role")));
    let runs =
        flat.with_column(begins.cast(IDX_DTYPE).cum_sum(false).alias("run")).group_by([col("run")]).agg([
            col(CONVERSATION).first(),
            col(KEY[0]).first(),
            col(KEY[1]).first(),
            col("role").first(),
            len().cast(DataType::Int32).alias("message_count"),
            col("sent_at").min().alias("started_at"),
            col("sent_at").max().alias("ended_at"),
        ]);
    // Runs are numbered over all conversations, in their order.
    let place = col("run") - col("run").min().over([col(CONVERSATION)]).unwrap_or_else(|_| lit(0));
    sorted(runs, &["run"]).select([
        col(KEY[0]),
        col(KEY[1]),
        place.cast(DataType::Int32).alias("turn_index"),
        col("role"),
        col("message_count"),
        col("started_at"),
        col("ended_at"),
    ])
}
