//! `check`: whether a run would go well, found out before it: files, key, source, clock, store.

mod checker;
mod clock;
mod pages;
mod report;
mod store;

pub use checker::{CheckRequest, check};
pub use report::{CheckReport, Finding, Level, RejectSeen, StreamCheck, Subject};
