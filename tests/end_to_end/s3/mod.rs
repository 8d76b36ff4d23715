//! A lake in a bucket is the lake on disk, with the same promises.

pub(crate) mod store;

mod incremental;
mod kills;
mod lakes;
mod moto;
mod refusals;
mod requests;
