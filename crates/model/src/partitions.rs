//! How a table is cut into partitions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The stretch of time whose rows share a partition, in UTC.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PartitionBy {
    /// A day: folders such as `date=2025-04-15`.
    Day,
    /// A calendar month: folders such as `month=2025-04`; the files have a column `date`.
    #[default]
    Month,
}

impl PartitionBy {
    /// The column that readers take from a partition's folder.
    pub fn folder_column(self) -> &'static str {
        match self {
            Self::Day => "date",
            Self::Month => "month",
        }
    }

    /// The other kind.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Day => Self::Month,
            Self::Month => Self::Day,
        }
    }

    /// What it is called in a pipeline.
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// How a table is cut into partitions, and what that is to a lake that has it cut otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partitions {
    /// The user has written so: a lake that has others is refused, until a replay.
    Asked(PartitionBy),
    /// Nobody has: a lake keeps what it has, until a replay.
    Usual(PartitionBy),
}

impl Partitions {
    /// What a new table, or one that is rebuilt, gets.
    pub fn by(self) -> PartitionBy {
        match self {
            Self::Asked(by) | Self::Usual(by) => by,
        }
    }
}
