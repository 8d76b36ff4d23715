//! Splitting a stretch of time into windows for cursor chains that run side by side, as the density of records shows. Pure.
//!
//! Nothing is known at first but the stretch of time. The first page of a window shows how dense it is: where far more
//! would follow than the other chains have left to do, the window is given back and split into smaller ones. What order a
//! page's records stand in is a hint for splitting and nothing more: all windows together always cover the stretch, and
//! each is pulled to its end.
//!
//! Of a stretch of years nobody knows where its records begin. It is asked for as a whole at first: one request shows that
//! where it would take one for each window that turns out empty, and those would use up what may be wasted.
//!
//! A chain asks for one page after the other, each as late as the answer before it comes. So windows are the smaller
//! the less is left, and all chains end at about the same time. The last are so small that hardly one of them has a second
//! page, which all would wait for, as far as requests may be wasted on that.
//!
//! What a window costs beyond its records is the part of its last page that is empty. All requests together are held
//! below [`requests_allowed`](super::requests_allowed), come what may.

mod tuning;
mod gap;
mod first_page;
mod density;
mod ledger;
mod forecast;
mod sizing;
mod blind;
mod cutter;
#[cfg(test)]
mod tests;

pub use self::cutter::{Cut, Cutter};
