//! Pulls of simulated sources.

mod source;
mod simulation;
mod coverage;
mod rate;
mod refusal;
mod tuning;
