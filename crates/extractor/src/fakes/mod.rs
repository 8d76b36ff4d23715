//! Clocks, sources and streams for tests.

mod clock;
mod virtual_clock;
mod streams;
mod script;
mod extractors;

pub(crate) use self::clock::FakeClock;
pub(crate) use self::extractors::{CANARY, credential, extractor, extractor_with, scripted, scripted_within};
pub(crate) use self::script::{Answer, Script, answer};
pub(crate) use self::streams::{facts, params, pipeline, stream};
pub(crate) use self::virtual_clock::VirtualClock;
