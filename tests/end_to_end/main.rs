//! The built binary against simulated sources, from pages to a lake that foreign readers read.
//!
//! A scenario is a [`source::Source`] (what is served, and which faults are played), calls of the binary
//! ([`convolake::Convolake`]) and looks at a [`lake::Lake`]. What should stand in the lake is asked of the simulator,
//! which shares no code with what is tested.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails, one that is skipped says so, and figures are printed"
)]

mod convolake;
mod damage;
mod delta;
mod lake;
mod lateness;
mod python;
mod source;
mod until;
mod upgrade;
mod upkeep;

mod after_run;
mod ahead;
mod ahead_of_export;
mod arguments;
mod bounds;
mod buckets;
mod canary;
mod completeness;
mod drift;
mod backfill;
mod check;
mod exports;
mod fault_table;
mod faults;
mod field;
mod flatten;
mod full_walk;
mod gone;
mod kills;
mod lease;
mod memory;
mod page_files;
mod partitions;
mod metrics;
mod plan;
mod quarantine;
mod rate_limit;
mod rerun;
mod resume;
mod side_by_side;
mod verify;
mod wheel;
mod s3;
mod scale;
mod short;
mod status;
mod stopped;
mod messages;
