//! What is reported of pages besides their rows: drift and rejects.

pub(crate) mod drift;
pub(crate) mod place;
pub(crate) mod rejects;
