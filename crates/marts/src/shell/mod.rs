//! The shell of `query`: SQL line by line, with history, and completion of tables and columns.

mod complete;
mod words;
mod helper;
mod history;
mod read;

pub(crate) use read::{Line, Shell};
pub(crate) use words::Words;
