//! What `cargo xtask bench` measures with.

mod pages;

pub use pages::{Pages, STREAMS};
