//! What comes in from outside: clock, environment, entropy, stop, observer, checks.

use std::sync::Arc;

use convolake_extractor::{Clock, Stop};

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
    /// Who carries out the checks of tables; `None` where nobody does.
    pub checker: Option<Arc<dyn Checker>>,
}

/// Holds tables against what is expected of their rows.
pub trait Checker: Send + Sync {
    /// Holds the tables of a pipeline against their checks. Blocks.
    ///
    /// # Errors
    /// Why they could not be carried out, in words.
    fn check(&self, pipeline: &str, to: &str) -> Result<Checked, String>;
}

/// What came of the checks of tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// [`Outcome::Short`] where one of severity error fails.
    pub outcome: Outcome,
    /// Each check with what came of it.
    pub report: serde_json::Value,
}
