//! What state, tags and feedback of each conversation say.

use convolake_model::{Meaning, Signs};
use polars::prelude::*;

use super::expressions::{KEY, has_one_of, is_one_of, key};
use super::feedback;

/// Whether state or tags have one of these signs.
pub(super) fn says(signs: &Signs) -> Expr {
    is_one_of("state", &signs.states).or(has_one_of("tags", &signs.tags))
}

/// A row a conversation with a lead: the key, `rating` and `feedback_text`.
pub(super) fn ratings(leads: LazyFrame, meaning: &Meaning) -> LazyFrame {
    leads.group_by(key()).agg([col("feedback").first()]).select([
        col(KEY[0]),
        col(KEY[1]),
        feedback::rating(col("feedback"), &meaning.rating).alias("rating"),
        feedback::text(col("feedback"), &meaning.feedback_text).alias("feedback_text"),
    ])
}
