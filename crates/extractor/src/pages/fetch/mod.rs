//! The attempts at one page.

mod fetcher;

pub(crate) use self::fetcher::{Attempt, FetchError, Fetched, Fetcher, PageFetch, Rejection, keep};
