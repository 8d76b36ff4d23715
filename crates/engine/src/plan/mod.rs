//! `plan`: what a run would ask for, how long that takes at the rate limit, and how much would come.

mod estimate;
mod known;
mod planner;
mod report;

pub use crate::plan::planner::{PlanRequest, plan};
pub use crate::plan::report::{Basis, PlanReport, ProbeReport, RequestEstimate, SlicePlan, StreamPlan};
