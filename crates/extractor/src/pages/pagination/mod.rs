//! How one answer leads to the next.

mod state;

pub use self::state::LoopSign;
pub(crate) use self::state::{Place, Step, Walk, WalkFault};
