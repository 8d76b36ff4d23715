//! Spilled rows: what does not fit in memory goes to files that end with their process, hash-partitioned by unit or as
//! sorted runs.

pub(crate) mod block;
pub(crate) mod block_file;
pub(crate) mod partitioned_spill;
pub(crate) mod spill_buffer;
pub(crate) mod placed_range;
pub(crate) mod run_file;
pub(crate) mod sorted_run;
pub(crate) mod fan_in;
