//! The Delta tree: tables whose readers see one generation whole, while the next one is written.
//!
//! ```text
//! delta/messages/source=agentx/month=2025-04/part-0-00000042-9f86d081884c7d65.parquet     never replaced
//! delta/messages/_delta_log/00000000000000000017.json                                     one version a commit
//! delta/messages/_delta_log/00000000000000000010.checkpoint.parquet
//! ```
//!
//! A table of several pipelines is one Delta table. The tree follows commits and decides nothing: what a version is to add and remove is
//! the difference between the files that a commit names and those that the log names of its pipeline. So a run that dies between its
//! commit and the version is brought to its end by whoever comes next, and to do it twice changes nothing.
//!
//! A version is created once, under the next free number; who finds the number taken reads what stands there and reckons anew. So no lock
//! is needed beside the pipeline's lease, and two pipelines may publish at once. A version that carries no mark of ours and changes the table
//! is foreign: a table that others have rewritten cannot be followed, since the same rows would be there twice.
//!
//! The format is that of <https://github.com/delta-io/delta/blob/master/PROTOCOL.md>, reader version 1, writer version 2: no table features,
//! JSON versions, classic checkpoints of one file. Deliberately absent: deletion vectors, column mapping, and reading of what needs them.

mod actions;
mod cells;
mod expiry;
mod files_of_log;
mod footers;
mod checkpoint;
mod inspect;
mod log;
mod next_version;
mod repair;
mod shown;
mod state;
mod stats;
mod table_schema;
mod tree;
mod wanted;
mod vacuum;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use self::expiry::expire;
pub(crate) use self::files_of_log::{files_of_log, names_of_log};
pub(crate) use self::inspect::{FlawKind, inspect};
pub(crate) use self::repair::holds;
pub use self::table_schema::is_delta_column;
pub use self::tree::DeltaVersion;
pub(crate) use self::tree::{DeltaTree, Publication};
pub use self::vacuum::Vacuumed;
pub(crate) use self::vacuum::{vacuum, void};
