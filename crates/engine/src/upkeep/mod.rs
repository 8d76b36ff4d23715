//! Upkeep of a lake: the command, and the bounded part of it that each run does.

pub(crate) mod in_run;

mod command;
mod may_pack;
mod report;

pub use crate::upkeep::command::{UpkeepRequest, upkeep};
pub use crate::upkeep::report::{LakeUpkeepReport, PipelineUpkeep};
