//! A load that is shared out to several processes: rows cross between them, and one commits what the others wrote.
//!
//! ```text
//! pages --flatten--> Scatter --parcels by unit--> Fold --parcels by file--> FileMaker --FileMade--> Load::finish_with_files
//! ```
//!
//! Versions of a row meet, as the parcels of a unit go to one fold; a fold is a [`Load`] of a part of the rows, over an empty lake.
//! What it gives for a table file is sorted, so that the file is a merge. A file depends on its rows alone, not on the parts they
//! came in: so the files are those of one process. All of this is bytes in, bytes out; who carries them is no matter.
//!
//! [`Load`]: crate::Load

mod parcel;
mod scatter;
mod fold;
mod merge_told;
mod stored_keys;
mod standing_files;
mod file_maker;
mod adopt;

pub use crate::exchange::file_maker::{FileMade, FileMaker};
pub use crate::exchange::fold::{FileRows, Folded};
#[cfg(test)]
pub(crate) use crate::exchange::parcel::decode;
pub use crate::exchange::scatter::{Parcel, Scatter};
