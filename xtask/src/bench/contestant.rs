//! Who takes part, and in what way each is run.

use std::time::Duration;

use clap::ValueEnum;
use clap::builder::PossibleValue;

/// One way to flatten a page file (or, for the floor, the least one can do with it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Contestant {
    Convolake,
    /// Bound to one core, to see what the second one brings.
    ConvolakeOneCore,
    /// Half the pages, to see whether a row costs the same.
    ConvolakeHalf,
    /// Ten times the pages.
    ConvolakeLarge,
    Floor,
    Duckdb1,
    Duckdb2,
    Polars,
    Dlt,
}

/// How much of the workload's pages a contestant gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Portion {
    Tenth,
    Half,
    Whole,
    TenTimes,
}

impl Portion {
    /// Of `whole` bytes.
    pub(super) fn of(self, whole_bytes: u64) -> u64 {
        match self {
            Self::Tenth => whole_bytes / 10,
            Self::Half => whole_bytes / 2,
            Self::Whole => whole_bytes,
            Self::TenTimes => whole_bytes * 10,
        }
    }
}

impl ValueEnum for Contestant {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.label()))
    }
}

impl Contestant {
    pub(super) const ALL: [Self; 9] = [
        Self::Convolake,
        Self::ConvolakeOneCore,
        Self::ConvolakeHalf,
        Self::ConvolakeLarge,
        Self::Floor,
        Self::Duckdb1,
        Self::Duckdb2,
        Self::Polars,
        Self::Dlt,
    ];

    /// As `--only` and the figures call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Convolake => "convolake",
            Self::ConvolakeOneCore => "one-core",
            Self::ConvolakeHalf => "half",
            Self::ConvolakeLarge => "large",
            Self::Floor => "floor",
            Self::Duckdb1 => "duckdb1",
            Self::Duckdb2 => "duckdb2",
            Self::Polars => "polars",
            Self::Dlt => "dlt",
        }
    }

    /// As the table calls it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Convolake => "convolake",
            Self::ConvolakeOneCore => "convolake, one core",
            Self::ConvolakeHalf => "convolake, half the pages",
            Self::ConvolakeLarge => "convolake, 10x the pages",
            Self::Floor => "floor: parse + compress",
            Self::Duckdb1 => "DuckDB, 1 thread",
            Self::Duckdb2 => "DuckDB, 2 threads",
            Self::Polars => "Polars",
            Self::Dlt => "dlt (a tenth, x10)",
        }
    }

    pub(super) fn portion(self) -> Portion {
        match self {
            Self::ConvolakeHalf => Portion::Half,
            Self::ConvolakeLarge => Portion::TenTimes,
            Self::Dlt => Portion::Tenth,
            _ => Portion::Whole,
        }
    }

    /// What seconds, rows and bytes are multiplied with to stand beside the others'. Memory never is.
    pub(super) fn scale(self) -> u64 {
        match self.portion() {
            Portion::Tenth => 10,
            _ => 1,
        }
    }

    pub(super) fn is_convolake(self) -> bool {
        matches!(self, Self::Convolake | Self::ConvolakeOneCore | Self::ConvolakeHalf | Self::ConvolakeLarge)
    }

    /// Whether it needs the peers' packages.
    pub(super) fn is_peer(self) -> bool {
        matches!(self, Self::Duckdb1 | Self::Duckdb2 | Self::Polars | Self::Dlt)
    }

    /// How often it runs where `repeat` is asked for: the slow ones once.
    pub(super) fn runs(self, repeat: u32) -> u32 {
        match self {
            Self::Polars | Self::Dlt | Self::ConvolakeLarge => 1,
            _ => repeat,
        }
    }

    /// When it is stopped.
    pub(super) fn limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Dlt => 180,
            Self::ConvolakeLarge => 1800,
            _ => 600,
        })
    }
}
