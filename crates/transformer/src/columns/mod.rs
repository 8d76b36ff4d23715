//! Cells and the growing Arrow columns they are appended to. Knows types, and no schema.

mod cell;
mod convert;
mod column;
mod text;
mod number;
mod nulls;

pub(crate) use cell::Cell;
pub(crate) use column::Column;
pub(crate) use convert::{Converted, convert};
