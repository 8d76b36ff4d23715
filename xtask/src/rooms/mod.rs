//! `cargo xtask rooms`: the rooms within a crate name each other one way, as crates do.
//!
//! A *room* is a top-level folder or file of `crates/<crate>/src`. It names another one by a path in its sources that leads
//! there, tests included; a name that the crate's root re-exports counts as the room it comes from. Each checked crate has
//! its rooms in an order, from the base up, and a room names only rooms that stand before it. Files within one room may
//! name each other as they like, and tests of any room may name a room that only tests are built with.

mod layers;
mod paths;
mod use_tree;
mod size;
mod source;
mod graph;
mod circles;
mod order;
mod print;
mod check;

pub(crate) use check::{check, print};
