//! SQL on a catalog: a question becomes a plan, and the plan a result; errors point into the SQL.

mod place;
mod question;
mod scalar;
mod functions;
mod names_of_functions;
mod explain;
mod select;
mod plan;
mod run;

pub(crate) use plan::plan;
pub(crate) use run::{collect, each_batch};
