//! Failures of this binary: those of the engine, and what Polars says in our words.

use convolake_engine::Outcome;
use polars::prelude::PolarsError;

pub(crate) use convolake_engine::Failure;

/// What failed while Polars did something, as in `reading messages`.
pub(crate) fn of_polars(act: &str, error: &PolarsError) -> Failure {
    Failure::Other {
        message: format!("{act} failed: {}", words(error)),
        hint: None,
        outcome: Outcome::Failed,
    }
}

/// What Polars says, without what only helps those who call it from a program.
pub(crate) fn words(error: &PolarsError) -> String {
    let text = match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => return words(error),
        PolarsError::AssertionError(text)
        | PolarsError::ColumnNotFound(text)
        | PolarsError::ComputeError(text)
        | PolarsError::Duplicate(text)
        | PolarsError::InvalidOperation(text)
        | PolarsError::NoData(text)
        | PolarsError::OutOfBounds(text)
        | PolarsError::SchemaFieldNotFound(text)
        | PolarsError::SchemaMismatch(text)
        | PolarsError::ShapeMismatch(text)
        | PolarsError::SQLInterface(text)
        | PolarsError::SQLSyntax(text)
        | PolarsError::StringCacheMismatch(text)
        | PolarsError::StructFieldNotFound(text) => text.to_string(),
        PolarsError::IO { error, msg } => match msg {
            Some(text) => text.to_string(),
            None => convolake_engine::io_words(error),
        },
    };
    // Behind an empty line stand the plan, or what to call in Python.
    let first = text.split("\n\n").next().unwrap_or_default();
    first.split("\nThis error occurred").next().unwrap_or_default().trim().to_owned()
}
