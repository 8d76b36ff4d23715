//! Whether a storage keeps what a lake relies on, tried out where the lake lies or will lie.

mod attempts;
pub(crate) mod guarantee;
mod report;
mod run;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use self::attempts::{Holds, attempt};
pub use self::report::{Trial, TrialFailure};
pub(crate) use self::run::try_location;
