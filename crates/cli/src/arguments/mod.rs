//! The command line, a file a command.

mod command;
mod common;
mod pull;
mod usage_error;
mod values;
mod variables;
mod words;

mod demo;
mod run;
mod backfill;
mod plan;
mod check;
mod status;
mod flatten;
mod replay;
mod verify;
mod upkeep;
mod publish;
mod vacuum;
mod completions;
mod man;
mod init;
mod simulate;
mod handed_over;

pub(crate) use backfill::Backfill;
pub(crate) use check::Check;
pub(crate) use command::{Arguments, Command};
pub(crate) use common::{Common, Output};
pub(crate) use completions::Completions;
pub(crate) use demo::Demo;
pub(crate) use flatten::Flatten;
pub(crate) use handed_over::HandedOver;
pub(crate) use init::Init;
pub(crate) use man::Man;
pub(crate) use plan::Plan;
pub(crate) use publish::Publish;
pub(crate) use replay::Replay;
pub(crate) use run::Run;
pub(crate) use simulate::Simulate;
pub(crate) use status::Status;
pub(crate) use upkeep::Upkeep;
pub(crate) use vacuum::Vacuum;
pub(crate) use verify::Verify;
