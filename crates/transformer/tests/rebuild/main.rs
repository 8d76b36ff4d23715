//! Put together again: from the rows of a stream every record is rebuilt, value for value.
//!
//! The rebuilding below is written from the contract alone (which column a field goes to, what stands in `extra`)
//! and shares nothing with the flattener.

mod exports;
mod generated;
mod rebuilding;
mod schemas;
