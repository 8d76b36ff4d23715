//! SQL on a catalog: a question becomes a plan, and the plan a result; errors point into the SQL.

mod place;
mod question;
mod rewrite;
mod functions;
mod explain;
mod plan;
mod run;

pub(crate) use plan::plan;
pub(crate) use run::{collect, each_batch};
