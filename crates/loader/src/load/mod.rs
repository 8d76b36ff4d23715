//! Rows become table files: buffered, resolved to one row a key, sorted, merged with what is there, published.
//!
//! ```text
//! push --> buffer (spills) --> resolve: the newest version of each parent --> sorted by partition and order
//!             ^                                                                       |
//!   existing: rows of the parents pushed                          merge with the rows that stay, write, publish
//! ```

mod shape;
mod version;
mod cells;
mod piece;
mod buffer;
mod spill;
mod units;
mod existing;
mod resolve;
mod placed;
mod sources;
mod merge;
mod write;
mod publish;
pub(crate) mod recover;
mod report;
mod session;
#[cfg(test)]
mod tests;

pub use report::{LoadReport, TableReport};
pub use session::{Load, LoadMode, LoadTable, Parents, Rows};
pub(crate) use shape::Shape;
pub use version::PageVersion;
