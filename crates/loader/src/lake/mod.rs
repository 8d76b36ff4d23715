//! The face of a lake: what the engine opens, reads and loads. Every method hands over to the room that does it.

mod facade;
mod look;

pub use facade::Lake;
pub use look::StoredReport;
