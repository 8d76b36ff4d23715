//! Rows become table files: buffered, resolved to one row a key, sorted, merged with what is there, published.
//!
//! ```text
//! push --> spill buffer ----> resolve: the newest version of each parent ----> placed by partition, sorted by order
//!               ^                                                                       |
//!   stored rows of the parents pushed                      merge with the unaffected stored rows, write, publish
//! ```

mod input;
mod memory;
mod report;
pub(crate) mod session;
mod begin;
mod conclude;
mod page_notes;
mod known;
pub(crate) mod table_load;
pub(crate) mod present_files;
pub(crate) mod stored_table;
pub(crate) mod resolve_table;
pub(crate) mod partition_sources;
pub(crate) mod write;
pub(crate) mod stage;
pub(crate) mod table_check;
mod trees;
mod change_tree;

pub(crate) use crate::load::begin::takes;
pub(crate) use crate::load::change_tree::change_tree;
pub use crate::load::input::LoadTable;
pub use crate::load::memory::LoadMemory;
pub use crate::load::report::{LoadReport, TableReport};
pub use crate::load::session::Load;
pub use crate::load::trees::Trees;
