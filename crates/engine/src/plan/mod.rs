//! `plan`: what a run would ask for, how long that takes at the rate limit, and how much would come.

mod estimate;
mod known;
mod planner;
mod report;

pub use planner::{PlanRequest, plan};
pub use report::{Basis, PlanReport, ProbeReport, RequestEstimate, SlicePlan, StreamPlan};
