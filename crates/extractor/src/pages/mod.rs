//! The pages of a slice: how one leads to the next, and how each is asked for.

mod page;
mod headers;
mod source;
mod page_memory;
mod page_size;
mod pagination;
mod request;
mod fetch;
mod lookahead;
mod prefetch;
mod rejection;
mod pointer_check;
mod overlap;
mod odd_end;
mod page_chain;

pub use self::lookahead::Foreseen;
pub use self::odd_end::{OddEnd, OddEndKind};
pub use self::page::{FailedResponse, Page};
pub use self::page_chain::PageChain;
pub(crate) use self::page_memory::PageMemory;
pub use self::page_memory::PageRoom;
pub(crate) use self::page_size::AcceptedSizes;
pub(crate) use self::pointer_check::PointersHit;
pub(crate) use self::source::Source;
