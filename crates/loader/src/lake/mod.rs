//! The face of a lake: what the engine opens, reads and loads. Every method hands over to the room that does it.

mod delta;
mod facade;
mod look;
mod load;
mod commits;
mod compare;
#[cfg(test)]
mod tests;

pub use self::facade::Lake;
pub use self::look::{StateNames, StoredReport};
