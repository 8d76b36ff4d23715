//! The raw zone: every page as it came, landed before anything is made of it.

mod index;
mod land;
mod line;
mod page;
mod pages;
#[cfg(test)]
mod tests;

pub use index::LandedName;
pub use land::Raw;
pub use page::{LandedPage, PageRef, RawPage};
pub use pages::Pages;
