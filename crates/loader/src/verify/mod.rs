//! The lake held against what it promises, without a change to it.
//!
//! Each file is read whole and held against what the newest commit says of it, each row against its place, its order, its
//! key, its parents and its page. Keys and references are hashes in sorted files, so that memory does not grow with the
//! lake; where two hashes meet or miss each other, the rows themselves decide.
//!
//! Whether the landed pages give just these rows is found by giving them once more: the engine rebuilds the tables in a
//! lake of its own, and [`Verification::compare`] reads both side by side.

mod archives;
mod compare;
mod delta_tables;
mod derived_files;
mod finding;
mod history;
mod keys;
mod lake_files;
mod landed;
mod one_file;
mod scan;
mod summaries;
mod tables;
mod verification;

pub(crate) use crate::verify::derived_files::verify_derived;
pub use crate::verify::finding::{Finding, FindingKind, Findings, Remedy};
pub use crate::verify::verification::{Verification, VerifiedTable, VerifyTable};
pub(crate) use crate::verify::verification::{is_pipeline, pipelines, verify};
