//! `check`: whether a run would go well, found out before it: files, key, source, clock, store.

mod ask;
mod command;
mod clock;
mod given_way;
mod pages;
mod report;
mod store;

pub use crate::check::command::{CheckRequest, check};
pub use crate::check::given_way::GaveWaySeen;
pub use crate::check::report::{CheckReport, Finding, Level, RejectSeen, StreamCheck, Subject};
