//! The raw zone: every page as it came, landed before anything is made of it.

mod base;
mod chunk_index;
mod cut;
mod index;
mod land;
mod line;
mod objects;
mod page;
mod pages;
mod parts;
mod repeats;

pub(crate) use crate::raw::line::fetched_at;
pub(crate) use crate::raw::objects::Objects;

pub use crate::raw::index::LandedName;
pub use crate::raw::land::Raw;
pub use crate::raw::line::RawLine;
pub use crate::raw::page::{LandedPage, PageRef, RawPage};
pub use crate::raw::pages::Pages;
