//! `replay`: every table rebuilt from the raw zone alone, but for rows that no landed page gives.

mod command;

pub use crate::replay::command::{MissingPages, ReplayRequest, replay};
