//! Clocks, sources and streams for tests.

mod source;
mod virtual_clock;

pub(crate) use self::source::*;
pub(crate) use self::virtual_clock::VirtualClock;
