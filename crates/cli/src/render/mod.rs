//! Reports as text for people.

mod layout;
mod numbers;
mod after_run;
mod drift;
mod rows_told;

pub(crate) mod run;
pub(crate) mod plan;
pub(crate) mod check;
pub(crate) mod status;
pub(crate) mod upkeep;
pub(crate) mod delta;
pub(crate) mod verify;

pub(crate) use numbers::{bytes, counted, number, span};
