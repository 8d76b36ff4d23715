//! How long people wait: each run of the person's messages, and what ended it.

use polars::prelude::*;

use super::BusinessHours;
use super::expressions::{CONVERSATION, KEY, before, is, seconds_between, sorted};
use super::ordered::OrderedMessages;
use super::spoken::Spoken;

/// A row a run of the person's messages: `#conversation`, `#run`, `asked_at`, `replied_at`, `replied_by`, `is_answered`, `is_open`,
/// `wait_seconds`.
pub(super) fn waits(messages: &OrderedMessages, spoken: &Spoken) -> LazyFrame {
    let rows = messages.rows().filter(col("is_said").or(col("is_end"))).select([
        col(CONVERSATION),
        col("role"),
        col("sent_at"),
        col("is_said").and(is("role", "human")).alias("asks"),
        col("is_said").and(is("role", "human").not()).alias("replies"),
        col("is_said").not().alias("ends"),
    ]);
    let is_next = before("asks").fill_null(lit(false)).not();
    // Runs are numbered over all conversations. What comes before the first of one shares the number of the last of another.
    let numbered = rows.with_column(col("asks").and(is_next).cast(IDX_DTYPE).cum_sum(false).alias("#run"));
    let instants = |of: &str| col("sent_at").filter(col(of).and(col("sent_at").is_not_null()));
    let runs = numbered
        .group_by([col(CONVERSATION), col("#run")])
        .agg([
            instants("asks").last().alias("asked_at"),
            instants("replies").first().alias("replied_at"),
            col("role").filter(col("replies")).first().alias("replied_by"),
            instants("ends").first().alias("closed_at"),
            col("replies").any(true).alias("is_answered"),
            col("ends").any(true).alias("is_closed"),
            col("asks").any(true).alias("has_asked"),
        ])
        .filter(col("has_asked"));
    let as_of = spoken.rows().select([col(CONVERSATION), col("as_of")]);
    let until = when(col("is_answered"))
        .then(col("replied_at"))
        .when(col("is_closed"))
        .then(col("closed_at"))
        .otherwise(col("as_of"));
    let joined = runs.join(as_of, [col(CONVERSATION)], [col(CONVERSATION)], JoinArgs::new(JoinType::Left));
    let waits = joined.select([
        col(CONVERSATION),
        col("#run"),
        col("asked_at"),
        col("replied_at"),
        col("replied_by"),
        col("is_answered"),
        col("is_answered").or(col("is_closed")).not().alias("is_open"),
        seconds_between(col("asked_at"), until).alias("wait_seconds"),
    ]);
    sorted(waits, &[CONVERSATION, "#run"])
}

/// A row a reply: the key, `reply` (from 1), `asked_at`, `replied_at`, `replied_by`, `response_seconds`, `response_business_seconds`.
pub(crate) fn response_times(
    messages: &OrderedMessages,
    spoken: &Spoken,
    hours: Option<&BusinessHours>,
) -> LazyFrame {
    let answered = waits(messages, spoken).filter(col("is_answered")).with_row_index("#row", None);
    let place = col("#row") - col("#row").min().over([col(CONVERSATION)]).unwrap_or_else(|_| lit(0));
    let business = match hours {
        Some(hours) => hours.between(col("asked_at"), col("replied_at")),
        None => lit(NULL).cast(DataType::Float64),
    };
    let join = JoinArgs::new(JoinType::Left);
    let replies = answered
        .with_column((place.cast(DataType::Int32) + lit(1i32)).alias("reply"))
        .join(messages.keys(), [col(CONVERSATION)], [col(CONVERSATION)], join)
        .select([
            col(KEY[0]),
            col(KEY[1]),
            col("reply"),
            col("asked_at"),
            col("replied_at"),
            col("replied_by"),
            col("wait_seconds").alias("response_seconds"),
            business.alias("response_business_seconds"),
        ]);
    sorted(replies, &[KEY[0], KEY[1], "reply"])
}
