//! An object store as a storage: nothing is renamed, nothing is locked, and every answer may be lost.

pub(crate) mod remote_storage;
mod asked_again;
pub(crate) mod aws;
pub(crate) mod requests;
pub(crate) mod conditional_put;
pub(crate) mod upload;
pub(crate) mod guard;
pub(crate) mod block_cache;
pub(crate) mod scratch;
pub(crate) mod reactor;
#[cfg(test)]
mod conditional_put_tests;
#[cfg(test)]
pub(crate) mod counting_store;
#[cfg(test)]
pub(crate) mod faulty_store;
#[cfg(test)]
pub(crate) mod broken_store;
