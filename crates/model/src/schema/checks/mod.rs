//! What is expected of the rows of a table or a mart: `checks:` of `schemas/tables/NAME.yaml` and `schemas/marts/NAME.yaml`.

mod check;
mod mart;
mod written;
mod validate;
mod conditions;

pub use check::{CheckRule, CheckValue, Condition, DataCheck, RowCondition, Severity};
pub use mart::MartChecks;
pub(crate) use validate::{Columns, checks, references};
pub(crate) use written::{CheckWritten, MartWritten};
