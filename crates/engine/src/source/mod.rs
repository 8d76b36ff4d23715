//! The way to a pipeline's source, and a first look at it.

pub(crate) mod connect;
pub(crate) mod probe;
