//! The spellings of instants and days that sources use.

pub(crate) mod instant;
