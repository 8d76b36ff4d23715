//! Cells, and the growing columns they are appended to.

pub(crate) mod convert;
pub(crate) mod column;
mod text;
mod number;
mod nulls;
