//! How a run ends, and the exit code for it.

use serde::{Deserialize, Serialize};

/// How a run ended. The order is that of gravity: the worst of all streams is the run's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything came and stands in the lake.
    Done,
    /// Done, but records were quarantined.
    Quarantined,
    /// `--strict`, and something is short; or a check of severity error fails.
    Short,
    /// Failed in a way that trying again will not mend by itself.
    Failed,
    /// A live run holds the lease, or work is left for the next run.
    Busy,
    /// The source is not available for now.
    Unavailable,
    /// The source or the store refused.
    Refused,
    /// Wrong use or configuration.
    Misconfigured,
}

impl Outcome {
    /// The outcome of another program of ours by its exit code; what is none of ours is a failure.
    pub fn of_exit_code(code: u8) -> Self {
        let all = [
            Self::Done,
            Self::Quarantined,
            Self::Short,
            Self::Busy,
            Self::Unavailable,
            Self::Refused,
            Self::Misconfigured,
        ];
        all.into_iter().find(|outcome| outcome.exit_code() == code).unwrap_or(Self::Failed)
    }

    /// The process's exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Quarantined => 65,
            Self::Short => 66,
            Self::Failed => 1,
            Self::Busy => 75,
            Self::Unavailable => 69,
            Self::Refused => 77,
            Self::Misconfigured => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_stream_decides() {
        let order = [2, 77, 69, 75, 1, 66, 65, 0];
        let mut all = [
            Outcome::Done,
            Outcome::Quarantined,
            Outcome::Short,
            Outcome::Failed,
            Outcome::Busy,
            Outcome::Unavailable,
            Outcome::Refused,
            Outcome::Misconfigured,
        ];
        all.sort_by(|a, b| b.cmp(a));
        assert_eq!(all.map(Outcome::exit_code), order);
    }
}
