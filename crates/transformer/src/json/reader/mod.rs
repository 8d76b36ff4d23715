//! A pull reader over JSON text (RFC 8259, strict): the caller decides at each value whether to enter it or to
//! step over it. Stepping over never recurses, so depth costs memory proportional to the page and no stack.
//!
//! It names nothing outside of this folder, so that `bench` can measure it alone.

mod value;
mod pull;
mod skip;
mod scalar;
mod resync;

pub(crate) use pull::Reader;
pub(crate) use value::{Failed, Kind, Raw, SyntaxError};

#[cfg(test)]
mod tests;
