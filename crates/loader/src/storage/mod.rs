//! TODO.

pub(crate) mod blocking;
pub(crate) mod bucket;
pub(crate) mod conditional_put;
#[cfg(test)]
mod conditional_put_tests;
pub(crate) mod durable;
#[cfg(test)]
pub(crate) mod faulty_store;
pub(crate) mod folder_trial;
pub(crate) mod lake_storage;
pub(crate) mod objects;
pub(crate) mod probe;
pub(crate) mod reactor;
pub(crate) mod remote_file;
pub(crate) mod scratch;
pub(crate) mod seal;
pub(crate) mod store_error;
pub(crate) mod upload;
