//! `daily_stats`: a row a day, agent, channel and locale.

use polars::prelude::*;

use super::expressions::{percentile, sorted, sum_or_null};
use super::parts::{DailyParts, PLACE};
use super::{Clock, parts};

/// The rows of those days that `days` keeps, sorted; what has no time counts where `day` is null. Each thing counts on its own day; outcomes
/// are those of the conversations that opened on it.
///
/// # Errors
/// None but a fault of this program.
pub(crate) fn daily_stats(parts: &DailyParts, clock: &Clock, days: Expr) -> PolarsResult<LazyFrame> {
    let sum = |name: &str| col(name).sum().cast(DataType::Int64).alias(name);
    let percentiles = |name: &str| {
        let of =
            |share, end| percentile(col(name), share).cast(DataType::Float64).alias(format!("{name}_{end}"));
        [of(0.5, "p50"), of(0.95, "p95")]
    };
    let mut sums: Vec<Expr> = ["opened", "active", "ended"].map(sum).into();
    sums.extend(["messages", "human_messages", "bot_messages", "agent_messages", "replies"].map(sum));
    sums.extend(
        ["response_seconds", "first_response_seconds", "agent_response_seconds"]
            .into_iter()
            .flat_map(percentiles),
    );
    sums.extend(["opened_and_ended", "handed_off", "contained", "abandoned"].map(sum));
    sums.push(sum_or_null(col("resolved")).cast(DataType::Int64).alias("resolved"));
    sums.push(sum("reopened"));
    // Shares are of the conversations that opened on the day and have ended; of none they are null, not 0.
    let share = |part: Expr, whole: &str, name: &str| {
        let whole = col(whole).sum();
        when(whole.clone().gt(lit(0)))
            .then(part.cast(DataType::Float64) / whole.cast(DataType::Float64))
            .otherwise(lit(NULL))
            .cast(DataType::Float64)
            .alias(name)
    };
    sums.extend([
        share(sum_or_null(col("contained")), "opened_and_ended", "containment"),
        share(sum_or_null(col("handed_off_and_ended")), "opened_and_ended", "handoff"),
        share(sum_or_null(col("abandoned")), "opened_and_ended", "abandonment"),
    ]);
    sums.extend(["declared", "complete", "missing_messages"].map(sum));
    sums.push(share(sum_or_null(col("complete")), "declared", "completeness"));
    let stacked = parts.stacked(clock)?.filter(days);
    let daily = stacked.group_by(parts::PLACE.map(col)).agg(sums);
    Ok(sorted(daily, &PLACE))
}
