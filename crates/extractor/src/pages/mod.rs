//! The pages of a slice: how one leads to the next, and how each is asked for.

mod page;
mod request;
mod pagination;
mod lookahead;
mod fetch;
mod prefetch;
mod odd_end;
mod page_chain;

pub use self::lookahead::Foreseen;
pub use self::odd_end::OddEnd;
pub use self::page::{FailedResponse, Page};
pub use self::page_chain::PageChain;
pub use self::pagination::LoopSign;
