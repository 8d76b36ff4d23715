//! TODO.

pub(crate) mod existing;
pub(crate) mod fold;
pub(crate) mod fresh;
pub(crate) mod placed;
pub(crate) mod resolver;
pub(crate) mod unit_hashes;
pub(crate) mod units;
pub(crate) mod view;
