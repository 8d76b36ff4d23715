//! One self-contained page of what a lake holds and how its runs went.
//!
//! Three steps: numbers are read (`numbers`, by Polars; the state of pipelines by the engine), sections are made of them (`sections`,
//! pure), and the page is written by a template that escapes every text. The page asks for nothing over a network: style and script
//! stand in it, and a policy in its head forbids the rest.

mod words;
mod page;
mod figure;
mod timeline;
mod cells;
mod day_counts;
mod numbers;
mod sections;
mod told_by_runs;
mod tiles;
mod maker;
mod command;

pub(crate) use command::{ReportRequest, report};
