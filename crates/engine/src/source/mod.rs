//! TODO.

pub(crate) mod connect;
pub(crate) mod probe;
