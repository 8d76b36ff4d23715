//! Up to when what is open counts.

use convolake_model::Meaning;
use polars::prelude::*;

use super::expressions::{instant, no_instant};

/// The instant up to which what is open counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AsOf {
    /// This instant for all conversations, in microseconds.
    Exactly(i64),
    /// This instant, in microseconds; for a conversation that was over before, the instant at which it was, and for one that has words
    /// dated later, that of the last of them. So what is said of it stays as it is once it is over, and as long as it lies in the future.
    Settling(i64),
}

impl AsOf {
    /// The instant up to which a conversation counts in which nothing happened after `last`.
    pub(super) fn of(self, last: Expr, meaning: &Meaning) -> Expr {
        let at_instant = |microseconds: i64| lit(microseconds).cast(instant());
        match self {
            Self::Exactly(at) => at_instant(at),
            Self::Settling(at) => {
                let after = meaning.abandoned_after.as_seconds() * 1_000_000;
                let last = last.cast(DataType::Int64);
                let is_over = last.clone().lt_eq(lit(at.saturating_sub(after)));
                let is_to_come = last.clone().gt(lit(at));
                when(last.clone().is_null())
                    .then(no_instant())
                    .when(is_over)
                    .then((last.clone() + lit(after)).cast(instant()))
                    .when(is_to_come)
                    .then(last.cast(instant()))
                    .otherwise(at_instant(at))
            }
        }
    }
}
