//! A lake's tables and marts as lazy frames, by the file lists of the newest commits.
//!
//! Nothing is listed, and nothing is told from the names of folders: `source`, `date` and `month` of a file come from the list that
//! names it, as does all that lets it be passed over without opening it.

mod lake_file;
mod table;
mod place;
mod statistics;
mod scan;
mod scanned;
mod open;

pub(crate) use lake_file::LakeFile;
pub(crate) use open::Catalog;
pub(crate) use scanned::{Changed, Scanned};
pub(crate) use table::{CatalogTable, Kind, schema};
