//! Put together again: from the rows of a stream every record is rebuilt, value for value.
//!
//! The rebuilding below is written from the contract alone (which column a field goes to, what stands in `extra`)
//! and shares nothing with the flattener.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod exports;
mod flattening;
mod generated;
mod rebuilding;
mod rejects;
mod schemas;
mod shapes;
