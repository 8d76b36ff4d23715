//! The flattener against a slow, obvious one: identical rows, parents, rejects and counts.
//!
//! The reference reads a page into a tree and asks the tree for every cell anew. It is written from the contract and
//! shares nothing with the flattener. `extra` is compared without regard to the order in which its own objects list
//! their members; what it holds verbatim is compared letter for letter. One thing is left open on purpose: which of
//! several faults of a record a reject names in its `detail`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

// The reference.
mod json;
mod repair;
mod broken;
mod numbers;
mod dates;
mod levels;
mod element;
mod cells;
mod values;
mod leftover;
mod wide_numbers;
mod rows;
mod flattening;
mod compare;

// What it is fed.
#[path = "../rebuild/schemas.rs"]
mod schemas;
mod dice;
mod odd;
mod shape;
mod invented;
mod restored;
mod property;

mod any_bytes;
mod any_schema;
mod broken_records;
mod built_in;
mod exports;
mod gathering;
