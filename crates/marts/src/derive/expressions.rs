//! Expressions that several definitions share.

use polars::prelude::*;

/// A column's name for the number that all rows of a conversation share, counted from 1 in the order of rows.
pub(super) const CONVERSATION: &str = "#conversation";
/// The columns that name a conversation of a source.
pub(crate) const KEY: [&str; 2] = ["agent_id", "conversation_id"];

/// The key as expressions.
pub(super) fn key() -> [Expr; 2] {
    KEY.map(col)
}

/// Whether a column holds one of these words; false where it is null.
pub(super) fn is_one_of(column: &str, words: &[String]) -> Expr {
    match words {
        [] => lit(false),
        words => {
            let words = Series::new("words".into(), words);
            col(column).is_in(lit(words).implode(true), false).fill_null(lit(false))
        }
    }
}

/// Whether a list of texts has one of these words; false where it is null.
pub(super) fn has_one_of(column: &str, words: &[String]) -> Expr {
    let holds = |word: &String| col(column).list().contains(lit(word.clone()), false).fill_null(lit(false));
    words.iter().map(holds).reduce(Expr::or).unwrap_or_else(|| lit(false))
}

/// Whether a column holds a text; false where it is null.
pub(super) fn is(column: &str, text: &str) -> Expr {
    col(column).eq(lit(text.to_owned())).fill_null(lit(false))
}

/// The seconds from one instant to another; null where one is missing, and where the clock went back.
pub(super) fn seconds_between(earlier: Expr, later: Expr) -> Expr {
    let microseconds = |instant: Expr| instant.cast(DataType::Int64);
    when(later.clone().gt_eq(earlier.clone()))
        .then((microseconds(later) - microseconds(earlier)).cast(DataType::Float64) / lit(1e6))
        .otherwise(lit(NULL).cast(DataType::Float64))
}

/// The value of a column in the row before, in the same conversation; `None` stands for no such row.
pub(super) fn before(column: &str) -> Expr {
    when(is_first()).then(lit(NULL)).otherwise(col(column).shift(lit(1)))
}

/// Whether a row is the first of its conversation, in rows that are sorted by it.
pub(super) fn is_first() -> Expr {
    col(CONVERSATION).neq_missing(col(CONVERSATION).shift(lit(1)))
}

/// How many rows of a group there are of which this is true.
pub(super) fn count_of(condition: Expr) -> Expr {
    condition.cast(DataType::Int64).sum()
}

/// A percentile with linear interpolation; null of nothing.
pub(super) fn percentile(values: Expr, share: f64) -> Expr {
    values.quantile(lit(share), QuantileMethod::Linear)
}

/// The sum of what is not null; null of nothing.
pub(super) fn sum_or_null(values: Expr) -> Expr {
    when(values.clone().count().gt(lit(0))).then(values.sum()).otherwise(lit(NULL))
}

/// The type of instants: microseconds since 1970-01-01 UTC.
pub(crate) fn instant() -> DataType {
    DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))
}

/// An instant that no row has.
pub(super) fn no_instant() -> Expr {
    lit(NULL).cast(instant())
}

/// The rows sorted by these columns, nulls last.
pub(super) fn sorted(frame: LazyFrame, by: &[&str]) -> LazyFrame {
    let options = SortMultipleOptions::default().with_nulls_last(true).with_maintain_order(false);
    frame.sort(by.iter().copied(), options)
}
