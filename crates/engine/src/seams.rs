//! What comes in from outside: clock, environment, entropy, stop, observer.

use std::sync::Arc;

use convolake_extractor::{Clock, Stop};

use crate::Observer;

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
}
