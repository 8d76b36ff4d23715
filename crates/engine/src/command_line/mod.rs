//! What the binaries read alike on their command lines, and hand on to each other.

mod set;
mod size;
mod voice;

pub use set::overrides;
pub use size::parse_size;
pub use voice::{LogFormat, Loudness, Voice};
