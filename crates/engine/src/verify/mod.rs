//! `verify`: the lake held against what it promises. Nothing in it is changed, and no lease is taken.

mod command;
mod comparison;
mod counts;
mod rebuild;
mod scratch;
mod notes;
mod report;

pub use crate::verify::command::{VerifyRequest, verify};
pub use crate::verify::report::{FindingReport, PipelineReport, VerifiedTableReport, VerifyReport};
pub use crate::verify::scratch::Scratch;
