//! What is reported of pages besides their rows: drift from the schema, and rejects.

mod place;
mod json_kind;
mod drift;
mod page_counts;
mod reject;
mod rejects;

pub use drift::{Drift, Met};
pub use json_kind::JsonKind;
pub(crate) use page_counts::PageCounts;
pub use place::Place;
pub use reject::{Reject, RejectReason};
pub use rejects::Rejects;
