//! A stream's schema, compiled: what the walk does at each place of a record, and what fills each column.

pub(crate) mod level;
mod known_words;
