//! Rows become table files: buffered, resolved to one row a key, sorted, merged with what is there, published.
//!
//! ```text
//! push --> buffer (spills) --> resolve: the newest version of each parent --> sorted by partition and order
//!             ^                                                                       |
//!   existing: rows of the parents pushed                          merge with the rows that stay, write, publish
//! ```

mod block;
mod block_file;
mod buffer;
mod cells;
mod even;
mod existing;
mod fold;
mod fan_in;
mod fresh;
mod hashes;
mod index;
mod interner;
mod merge;
mod order;
mod piece;
mod placed;
pub(crate) mod publish;
pub(crate) mod recover;
mod report;
mod resolve;
mod rows;
mod run;
mod run_file;
mod session;
mod shape;
mod sources;
mod spill;
mod stage;
mod strip;
mod table_load;
#[cfg(test)]
mod tests;
mod unit_hashes;
mod units;
mod version;
mod view;
mod write;

pub(crate) use cells::{Cells, hash_of};
pub(crate) use hashes::{Hashes, NotedHashes};
pub(crate) use piece::{BATCH_BYTES, batch_rows};
pub use report::{LoadReport, TableReport};
pub use rows::{LoadMode, LoadTable, Parents, Rows};
pub use session::Load;
pub(crate) use shape::Shape;
pub use version::PageVersion;
