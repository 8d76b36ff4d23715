//! JSON text: read, repaired, and its scalars made values. Knows no schema.

pub(crate) mod repair;
pub(crate) mod reader;
pub(crate) mod scalar;
pub(crate) mod list;
pub(crate) mod key;
