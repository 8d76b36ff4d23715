//! What comes in from outside: clock, environment, entropy, stop, observer, what follows a run.

use std::sync::Arc;

use convolake_extractor::{Clock, Stop};
use convolake_model::{Mart, Override};

use crate::{Observer, Outcome};

/// Environment variables by name.
pub type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What comes in from outside, so that a run can be played with other values.
#[derive(Clone)]
pub struct Seams {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Environment variables.
    pub env: Arc<Environment>,
    /// A number nobody can foretell: names of runs, jitter of waits.
    pub entropy: u64,
    /// Asks a run to end with work left for the next one.
    pub stop: Stop,
    /// Who watches.
    pub observer: Arc<dyn Observer>,
    /// Who carries out what a pipeline asks for after a run; `None` where nobody does.
    pub after_run: Option<Arc<dyn AfterRun>>,
}

/// Carries out what a pipeline asks for once a run has committed.
pub trait AfterRun: Send + Sync {
    /// Holds the tables of a pipeline against their checks. Blocks.
    fn check(&self, of: &AfterRunRequest<'_>) -> CarriedOut;

    /// Brings these derived tables of a pipeline up to date. Blocks.
    fn derive(&self, of: &AfterRunRequest<'_>, marts: &[Mart]) -> CarriedOut;
}

/// Of which pipeline and lake something is carried out.
#[derive(Debug, Clone, Copy)]
pub struct AfterRunRequest<'a> {
    /// The path of the pipeline's file, or the name of a built-in one.
    pub pipeline: &'a str,
    /// Its fields that are set otherwise.
    pub overrides: &'a [Override],
    /// The lake.
    pub to: &'a str,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum CarriedOut {
    /// It was carried out.
    Done {
        /// [`Outcome::Short`] where a check of severity error fails.
        outcome: Outcome,
        /// All that came of it.
        report: serde_json::Value,
    },
    /// It was not, or not to its end.
    Not {
        /// How it ended.
        outcome: Outcome,
        /// Why, and what to do about it.
        why: String,
    },
}
