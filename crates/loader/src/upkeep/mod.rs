//! Upkeep: small objects that nobody writes any more become few large ones, byte for byte, and what is void goes.
//!
//! 1. Archives are made of them and are durable.
//! 2. A commit names the archives.
//! 3. Only then the small ones go, and only those whose bytes were read back from an archive that is there.
//!
//! Killed between any two steps nothing is lost and nothing is there twice for a reader: what is archived and still there by
//! itself is one object. The next upkeep names an archive that no commit names yet, and removes what the last one left.

mod kind;
mod limits;
mod report;
mod round;
pub(crate) mod run;
mod settle;
mod unfinished;

pub use crate::upkeep::limits::UpkeepLimit;
pub use crate::upkeep::report::{Archived, UpkeepReport};
pub use crate::upkeep::run::Upkeep;
