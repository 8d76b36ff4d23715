//! JSON text: repaired, read, and its scalars made values. Knows no schema.

mod repair;
mod reader;
mod string;
mod decimal;
mod number;
pub(crate) mod list;
mod key;
mod member;
pub(crate) mod pointer;

pub(crate) use decimal::Decimal;
pub(crate) use key::Key;
pub(crate) use member::{count, member, unquoted};
pub(crate) use number::{double, integer};
pub(crate) use reader::{Failed, Kind, Raw, Reader, SyntaxError};
pub(crate) use repair::original;
pub use repair::{Repaired, repair};
pub(crate) use string::{push_text, string, text, unescape, unescape_string};
