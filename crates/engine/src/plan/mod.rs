//! `plan`: what a run would ask for, how long that takes at the rate limit, and how much would come.

mod command;
mod known;
mod observed;
mod stream_plan;
mod slices;
mod survey;
mod estimate;
mod report;

pub use crate::plan::command::{PlanRequest, plan};
pub use crate::plan::report::{Basis, PlanReport, ProbeReport, RequestEstimate, SlicePlan, StreamPlan};
