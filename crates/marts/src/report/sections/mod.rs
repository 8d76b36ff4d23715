//! The sections of the page, each made of numbers that were read.

mod volume;
mod response;
mod outcomes;
mod hours;
mod kinds;
mod runs;
mod drift;
mod checks;
mod lake;

pub(super) use checks::checks;
pub(super) use drift::{Drift, drift};
pub(super) use hours::hours;
pub(super) use kinds::kinds;
pub(super) use lake::{TableFiles, files, freshness};
pub(super) use outcomes::{Declared, completeness, outcomes};
pub(super) use response::{BOUNDS, response};
pub(super) use runs::runs;
pub(super) use volume::volume;
