//! The one way to a lake's bytes: names below its root, on a local disk or in an object store, behind one trait.
//!
//! [`Storage`] is the contract, `trial` tries it out where a lake is to lie, and `contract_tests` holds every
//! implementation to it. Where implementations differ, a capability says so ([`Exclusion`],
//! `replaces_by_version`); nobody outside of this room asks what kind of storage there is. Another vendor of object stores
//! is a constructor and its error words, as in `remote/aws.rs`.

pub(crate) mod contract;
pub(crate) mod object;
pub(crate) mod local_file;
pub(crate) mod stored_file;
pub(crate) mod lake_storage;
pub(crate) mod held_objects;
pub(crate) mod local_disk;
mod disk_listing;
pub(crate) mod durable;
pub(crate) mod remote;
pub(crate) mod trial;
mod error_words;
pub(crate) mod seal;
pub(crate) mod digest;
pub(crate) mod blocking;
pub(crate) mod own_thread;
pub(crate) mod locked;
#[cfg(test)]
pub(crate) mod contract_tests;
#[cfg(test)]
mod broken_disk;

pub(crate) use self::contract::{Exclusion, Storage, WriteGate};
pub(crate) use self::lake_storage::LakeStorage;
pub(crate) use self::object::{Created, Expected, Found, Listed, ObjectVersion, Settled};
