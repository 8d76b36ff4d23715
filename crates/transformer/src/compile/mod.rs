//! A stream's schema becomes a plan.

mod error;
mod compiler;
mod envelope;
mod levels;
mod columns;
mod sources;
mod trie;
mod marks;

pub(crate) use compiler::compile;
pub use error::CompileError;
