//! Archives: many small objects in one, byte for byte. A reader of zstd finds their contents one behind the other.

mod build;
mod folder;
mod open;
mod table;

pub(crate) use crate::archive::build::ArchiveBuilder;
pub(crate) use crate::archive::folder::ArchiveFolder;
pub(crate) use crate::archive::open::Archive;
pub(crate) use crate::archive::table::Member;

pub use crate::archive::table::ArchiveRef;
