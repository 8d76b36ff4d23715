//! What stands in an answer's body: records, the way to the next page, the source's own words. Pure.

mod read;
mod records;
mod source_message;

pub use self::read::PageFault;
pub(crate) use self::read::{Fingerprint, PageSeen, fingerprint_of, read};
pub use self::records::RecordSeen;
pub(crate) use self::source_message::of_body;
