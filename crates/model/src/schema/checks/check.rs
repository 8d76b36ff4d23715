//! Checks as they are carried out.

use serde::{Deserialize, Serialize};

use crate::Span;

/// One thing that is expected of a table's rows.
#[derive(Debug, Clone, PartialEq)]
pub struct DataCheck {
    /// Its name, one of its kind in the table.
    pub name: String,
    /// What is expected, for people.
    pub doc: Option<String>,
    /// What its failure means.
    pub severity: Severity,
    /// Only rows for which this holds are looked at; all where `None`.
    pub rows: Option<RowCondition>,
    /// What is expected.
    pub rule: CheckRule,
    /// The file it stands in, as the user knows it.
    pub file: String,
    /// Its line there.
    pub line: u64,
}

/// What the failure of a check means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It is told of.
    Warn,
    /// It is told of, and the command ends with exit code 66.
    #[default]
    Error,
}

/// What a check expects.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckRule {
    /// No row has null in any of these columns.
    NotNull {
        /// The columns.
        columns: Vec<String>,
    },
    /// No two rows have the same values in these columns. A row with null in one of them equals no other.
    Unique {
        /// The columns.
        columns: Vec<String>,
    },
    /// Each row has one of these values.
    AcceptedValues {
        /// The column.
        column: String,
        /// The values.
        values: Vec<CheckValue>,
        /// True where null is one of them.
        accepts_null: bool,
    },
    /// The share of rows for which something holds lies within bounds.
    Share {
        /// What holds for a row.
        holds: RowCondition,
        /// The least share, 0 to 1.
        at_least: f64,
        /// The greatest share, 0 to 1.
        at_most: f64,
    },
    /// What rows refer to is there. A row with null in one of the columns refers to nothing.
    References {
        /// The columns that hold the other table's key, in its order.
        columns: Vec<String>,
        /// The other table.
        table: String,
        /// Its key.
        key: Vec<String>,
    },
    /// The newest instant, of those that are not yet to come, is not older than this.
    Freshness {
        /// The timestamp column.
        column: String,
        /// The greatest age.
        at_most: Span,
    },
    /// The rows of the last whole day are as many as those of the same weekday in the weeks before.
    Volume {
        /// The timestamp column that says to which day a row belongs.
        column: String,
        /// How many weeks before are looked at.
        weeks: u32,
        /// By how much the day may differ from the median of those: it is not below the median divided by this, nor above the
        /// median times this.
        factor: f64,
        /// Days with fewer rows than this say nothing: where the day and the median are both below it, nothing is judged.
        at_least: u64,
    },
}

impl CheckRule {
    /// The word it is declared by.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotNull { .. } => "not_null",
            Self::Unique { .. } => "unique",
            Self::AcceptedValues { .. } => "accepted_values",
            Self::Share { .. } => "share",
            Self::References { .. } => "references",
            Self::Freshness { .. } => "freshness",
            Self::Volume { .. } => "volume",
        }
    }

    /// The columns it reads.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::NotNull { columns } | Self::Unique { columns } | Self::References { columns, .. } => {
                columns.iter().map(String::as_str).collect()
            }
            Self::AcceptedValues { column, .. }
            | Self::Freshness { column, .. }
            | Self::Volume { column, .. } => vec![column],
            Self::Share { holds, .. } => vec![&holds.column],
        }
    }
}

/// What may hold for a row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowCondition {
    /// The column.
    pub column: String,
    /// What holds for its value.
    pub is: Condition,
}

/// What may hold for a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// It is null.
    Missing,
    /// It is not null.
    Present,
    /// It is null, or a text of white space alone.
    Empty,
    /// It is one of these; null is none.
    OneOf(Vec<CheckValue>),
    /// It is less than this number; null is not.
    Below(f64),
    /// It is greater than this number; null is not.
    Above(f64),
}

/// A value that a column may have.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckValue {
    /// A text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// true or false.
    Bool(bool),
}
