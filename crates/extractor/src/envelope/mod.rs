//! What stands in an answer's body: records, the way to the next page, the source's own words. Pure.

mod json;
mod resync;
mod record_places;
mod canonical;
mod records;
mod source_message;
mod failure_signs;
mod usual_signs;
mod missed_pointer;
mod fault;
mod read;

pub use self::failure_signs::{PartialFailure, USUAL_SIGNS};
pub use self::fault::PageFault;
pub use self::missed_pointer::{MissedPointer, PointerField};
pub(crate) use self::read::{PageContent, read};
pub use self::records::RecordSeen;
pub(crate) use self::source_message::message_of;
