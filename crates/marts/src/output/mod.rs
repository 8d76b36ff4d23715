//! Results, in the form asked for; and all that is written to stdout and stderr.

mod format;
pub(crate) mod terminal;
mod cell;
mod escape;
mod fit;
mod text_table;
mod row_writer;
mod destination;

pub(crate) use destination::{StagedFile, abandon, has_seen_enough, stdout, text};
pub(crate) use format::Format;
pub(crate) use row_writer::RowWriter;
pub(crate) use text_table::text as table;
