//! Beginning a load of a lake, or the files of one.

use std::path::Path;

use crate::load::{Load, LoadMemory, LoadTable};
use crate::resolve::mode::LoadMode;
use crate::{FileMaker, Lake, Lease, LoadError};

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

impl FileMaker {
    /// Begins to make files of these tables, for a run and an attempt of a task, which is another each time; `scratch` is an empty folder.
    ///
    /// # Errors
    /// Names that cannot stand in a path; a table that no load would take.
    pub fn begin(
        lake: &Lake,
        (pipeline, run, attempt): (&str, &str, &str),
        tables: &[LoadTable],
        buckets: u32,
        scratch: &Path,
    ) -> Result<Self, LoadError> {
        Self::of(&lake.storage, (pipeline, run, attempt), tables, buckets, scratch)
    }
}
