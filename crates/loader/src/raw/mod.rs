//! The raw zone: every page as it came, landed before anything is made of it.

mod base;
mod by_object;
mod chunk_index;
mod chunk_index_file;
mod cut;
mod fetched_at;
mod index;
mod land;
mod line;
mod listed;
mod objects;
mod page;
mod pages;
mod parts;
mod raw_line;
mod repeats;
mod runs;

pub(crate) use crate::raw::fetched_at::fetched_at;
pub(crate) use crate::raw::objects::Objects;

pub use crate::raw::index::LandedName;
pub use crate::raw::land::Raw;
pub use crate::raw::page::{LandedPage, PageRef, RawPage};
pub use crate::raw::pages::Pages;
pub use crate::raw::raw_line::RawLine;
