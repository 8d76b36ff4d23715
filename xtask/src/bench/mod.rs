//! `cargo xtask bench`: `convolake flatten` beside its peers, on the same page files, in one run.
//!
//! Everybody's CPU seconds, wall seconds, peak memory and output stand in one table a workload, and once more as lines
//! `figure NAME VALUE` for whoever compares runs. Ratios are what counts: seconds differ from machine to machine.
//!
//! Contestants take turns (first a run of each, then the second of each), so that a busy minute of the machine falls on
//! all of them. The figures are medians.

mod arguments;
mod options;
mod workload;
mod contestant;
mod page_lines;
mod page_files;
mod measured;
mod runner;
mod results;
mod table;
mod figures;
mod flatten;
mod pair;
mod merge;
mod extract;
mod partitions;
mod scale;
mod query;

pub(crate) use arguments::{BenchArguments, bench};
