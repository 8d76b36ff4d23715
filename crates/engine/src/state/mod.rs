//! TODO.

pub(crate) mod record_shape;
pub(crate) mod streams;
