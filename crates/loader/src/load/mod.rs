//! Rows become table files: buffered, resolved to one row a key, sorted, merged with what is there, published.
//!
//! ```text
//! push --> buffer (spills) --> resolve: the newest version of each parent --> sorted by partition and order
//!             ^                                                                       |
//!   existing: rows of the parents pushed                          merge with the rows that stay, write, publish
//! ```

pub(crate) mod input;
mod report;
mod session;
mod sources;
mod stage;
mod table_load;
#[cfg(test)]
mod tests;
pub(crate) mod write;

pub use crate::load::input::{LoadMode, LoadTable};
pub use crate::load::report::{LoadReport, TableReport};
pub use crate::load::session::Load;
pub(crate) use crate::load::session::takes;
pub use crate::rows::version::PageVersion;
