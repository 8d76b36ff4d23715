//! TODO.

pub(crate) mod compare;
pub(crate) mod remember;
pub(crate) mod shorts;
