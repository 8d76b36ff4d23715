//! A stream's schema becomes a plan.

pub(crate) mod compiler;
