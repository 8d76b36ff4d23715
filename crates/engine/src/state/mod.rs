//! What a commit holds of a pipeline: how far each stream is complete, and what the next run has to go on with.

pub(crate) mod streams;
pub(crate) mod goal;
pub(crate) mod backfills;
pub(crate) mod shortfalls;
pub(crate) mod completeness;
pub(crate) mod awaited;
pub(crate) mod record_shape;
