//! What a load may hold in memory.

/// What a load may hold in memory. What is written does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadMemory {
    /// The memory of rows, in bytes: half of it for those that are pushed, beyond which they are spilled.
    pub row_bytes: usize,
    /// How many table files are written at once, each with a row group in memory ([`LoadMemory::WRITER_BYTES`]).
    pub writers: usize,
    /// How many sorted runs of spilled rows are merged at once, each with a batch in memory
    /// ([`LoadMemory::RUN_BYTES`]).
    pub merged_runs: usize,
}

impl LoadMemory {
    /// What one writer of a table file holds at the most, about: a row group, and the batch that goes into it.
    pub const WRITER_BYTES: u64 = 40 << 20;
    /// What each merged run holds.
    pub const RUN_BYTES: u64 = 512 << 10;
    /// More writers than this only wait for each other on the machines there are.
    pub const MAX_WRITERS: usize = 2;
    /// With more merged runs than this files are open for little.
    pub const MAX_MERGED_RUNS: usize = 64;
    /// With fewer, spilled rows would be merged again and again.
    pub const MIN_MERGED_RUNS: usize = 4;
}
