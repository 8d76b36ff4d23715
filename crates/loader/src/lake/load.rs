//! Beginning a load of a lake.

use crate::load::{Load, LoadMemory, LoadTable};
use crate::resolve::mode::LoadMode;
use crate::{Lake, Lease, LoadError};

impl Load {
    /// Begins a load of some tables of the lease's pipeline. Rows are held in memory as far as `memory` says, then
    /// spilled below the lake's `_convolake/staging/`. `buckets` is the number of files a partition is cut into.
    ///
    /// # Errors
    /// [`LoadError::SchemaChanged`] and [`LoadError::BucketsChanged`] unless the tables are rebuilt;
    /// all of [`Lake::head`].
    pub fn begin(
        lake: &Lake,
        lease: &Lease,
        run: &str,
        tables: &[LoadTable],
        mode: LoadMode,
        memory: LoadMemory,
        buckets: u32,
    ) -> Result<Self, LoadError> {
        Self::of(&lake.storage, lease, run, tables, mode, memory, buckets)
    }
}
