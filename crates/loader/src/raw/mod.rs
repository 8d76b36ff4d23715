//! The raw zone: every page as it came, landed before anything is made of it.

mod index;
mod land;
mod line;
mod page;
mod pages;

pub use crate::raw::index::LandedName;
pub use crate::raw::land::Raw;
pub use crate::raw::page::{LandedPage, PageRef, RawPage};
pub use crate::raw::pages::Pages;
