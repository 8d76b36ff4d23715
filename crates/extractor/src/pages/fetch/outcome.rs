//! What comes of attempts at a page.

use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use crate::envelope::PageContent;
use crate::error::ExtractError;
use crate::pages::PageRoom;
use crate::transport::HttpResponse;

/// What became of one attempt.
pub(in crate::pages) enum Attempt {
    /// The answer is a page.
    Page(Box<Fetched>),
    /// Another attempt may go better, from this time of the clock on.
    Retry(Duration),
    /// No further attempt would help.
    Failed(FetchError),
}

/// A readable answer.
pub(in crate::pages) struct Fetched {
    pub(in crate::pages) response: HttpResponse,
    pub(in crate::pages) content: PageContent,
    /// When the answer was whole.
    pub(in crate::pages) fetched_at: Timestamp,
    /// Attempts that failed before.
    pub(in crate::pages) retries: u32,
    pub(in crate::pages) room: PageRoom,
}

/// Why there is no page.
pub(in crate::pages) enum FetchError {
    /// The source does not accept the request; another request may do.
    Rejected(Rejection),
    /// The chain ends here.
    Final(Box<ExtractError>),
}

/// An answer that no further attempt would change.
pub(in crate::pages) struct Rejection {
    pub(in crate::pages) status: StatusCode,
    /// The source's own words.
    pub(in crate::pages) message: String,
}
