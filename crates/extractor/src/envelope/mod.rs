//! What stands in an answer's body: records, the way to the next page, the source's own words. Pure.

mod json;
mod records;
mod source_message;
mod fault;
mod read;

pub use self::fault::PageFault;
pub(crate) use self::read::{PageContent, read};
pub use self::records::RecordSeen;
pub(crate) use self::source_message::message_of;
