//! The attempts at one page, each in its turn, until an answer is a page or nothing more helps.

mod outcome;
mod failures;
mod fetcher;
mod page_fetch;

pub(super) use self::failures::FailureLog;
pub(super) use self::fetcher::Fetcher;
pub(super) use self::outcome::{Attempt, FetchError, Fetched, Rejection};
pub(super) use self::page_fetch::PageFetch;
