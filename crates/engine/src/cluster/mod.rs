//! `replay` on a cluster: what one process does in a row, cut where bytes can cross between many.
//!
//! ```text
//! ClusterReplay (holds the lease) --tasks--> map_pages --parcels by unit--> Fold --rows by file--> make_files
//!        ^------------------------------- notes, and what was made -------------------------------------+
//! ```
//!
//! Every task is a plain function of its bytes and of the landed pages, and what it leaves in the lake lies under a name of its own
//! where no reader looks: one that is made again, or twice, or never ends, changes nothing. Only [`ClusterReplay::commit`]
//! publishes, once, what one attempt of each task gave.

mod plan;
mod note;
mod map;
mod fold;
mod files;
mod replay;

pub use crate::cluster::files::TableFiles;
pub use crate::cluster::fold::PartFold;
pub use crate::cluster::map::{Mapped, map_pages};
pub use crate::cluster::plan::ClusterPlan;
pub use crate::cluster::replay::{ClusterReplay, ClusterReplayRequest};
