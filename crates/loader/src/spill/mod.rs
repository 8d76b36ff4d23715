//! TODO.

pub(crate) mod block;
pub(crate) mod block_file;
pub(crate) mod buffer;
pub(crate) mod fan_in;
pub(crate) mod parts;
pub(crate) mod run_file;
pub(crate) mod sorted_run;
