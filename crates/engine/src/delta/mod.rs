//! The Delta tree by command: published anew, and cleared of what no reader needs.

mod publish;
mod vacuum;

pub use crate::delta::publish::{PublishReport, PublishRequest, Rebuild, publish};
pub use crate::delta::vacuum::{LakeVacuumReport, VacuumRequest, vacuum};
