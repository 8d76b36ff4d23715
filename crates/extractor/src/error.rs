//! Why a slice could not be pulled.

mod advice;
mod batch_blame;
mod loop_sign;
mod status_words;

use http::StatusCode;
use thiserror::Error;

use self::advice::{advice, attempts_made, budget_advice, rejection_advice};
pub use self::batch_blame::BatchBlame;
pub use self::loop_sign::LoopSign;
pub(crate) use self::status_words::status_words;
use crate::envelope::{MissedPointer, PageFault};
use crate::pace::StopReason;
use crate::plan::Window;
use crate::transport::{SetupError, TransportError};

/// Why a slice could not be pulled, or not to its end.
#[derive(Debug, Error)]
pub enum ExtractError {
    /// The way to the source could not be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// No request can be made of the stream, its params and the slice.
    #[error("stream {stream}: no request can be made: {reason}")]
    Request {
        /// The stream.
        stream: String,
        /// What stands in the way.
        reason: String,
    },
    /// The source does not accept the key, or not for this.
    #[error("stream {stream}: the source refused the request with {}: {message}; {}", status_words(*status), advice(*status, env, hint.as_deref()))]
    Refused {
        /// The stream.
        stream: String,
        /// 401, 402 or 403.
        status: StatusCode,
        /// The source's own words.
        message: String,
        /// The variable that holds the key.
        env: String,
        /// Where a user finds the key and what it must be good for.
        hint: Option<String>,
    },
    /// The source does not accept the request; asking again would not help.
    #[error("stream {stream}: the source rejected {url} with {}: {message}{}", status_words(*status), rejection_advice(*status))]
    Rejected {
        /// The stream.
        stream: String,
        /// The URL asked for.
        url: String,
        /// The status.
        status: StatusCode,
        /// The source's own words, or what the status means here.
        message: String,
    },
    /// The source does not accept a window that is longer than those the stream names: parts of it may do.
    #[error("stream {stream}: the source refused the window from {from} to {until} with {}: {message}", status_words(*status), from = window.from, until = window.until)]
    WindowRefused {
        /// The stream.
        stream: String,
        /// The URL asked for.
        url: String,
        /// The status.
        status: StatusCode,
        /// The source's own words.
        message: String,
        /// The window.
        window: Window,
    },
    /// A pointer of the pipeline hits nothing in a page that must hold it.
    #[error("stream {stream}: page {page} does not look as the pipeline says: {missed}")]
    PointerMissed {
        /// The stream.
        stream: String,
        /// The page, from 1.
        page: u32,
        /// The pointer, and what stands there instead.
        missed: MissedPointer,
    },
    /// What stands where the way to the next page should be holds it, and is not it.
    #[error("stream {stream}: the page from {url} does not look as the pipeline says")]
    NextNotText {
        /// The stream.
        stream: String,
        /// The URL asked for.
        url: String,
        /// What stands there.
        source: PageFault,
    },
    /// The source no longer knows the cursor it gave, not even after the slice was begun anew.
    #[error("stream {stream}: the cursor to page {page} has expired ({}: {message})", status_words(*status))]
    CursorExpired {
        /// The stream.
        stream: String,
        /// The page that was asked for, from 1.
        page: u32,
        /// The status.
        status: StatusCode,
        /// The source's own words.
        message: String,
    },
    /// No answer can be had in a way that trying again would not change: it is larger than allowed, for one.
    #[error("stream {stream}: asking for {url} failed for good")]
    Transport {
        /// The stream.
        stream: String,
        /// The URL asked for.
        url: String,
        /// Why.
        source: TransportError,
    },
    /// No readable page came, however often it was asked for.
    #[error("stream {stream}: no page from {url} in {}", attempts_made(*attempts))]
    Unavailable {
        /// The stream.
        stream: String,
        /// The URL asked for.
        url: String,
        /// How often it was asked for.
        attempts: u32,
        /// Why the last attempt failed.
        source: AttemptError,
    },
    /// The pages go round in circles.
    #[error("stream {stream}: pagination loop after page {page}: {sign}")]
    PaginationLoop {
        /// The stream.
        stream: String,
        /// The last page of the chain, from 1.
        page: u32,
        /// How it shows.
        sign: LoopSign,
    },
    /// The answer says that there is more, but not where.
    #[error("stream {stream}: page {page} says that there is more, but names no next page")]
    NextPageMissing {
        /// The stream.
        stream: String,
        /// The page, from 1.
        page: u32,
    },
    /// The pages have ended after fewer records than there are, as the source says.
    #[error(
        "stream {stream}: its pages end after {given} records (page {page}), and the source says that there are {total}: they are \
         not all (pages.total); where it gives no more at a time, a shorter `window` helps"
    )]
    FewerThanTotal {
        /// The stream.
        stream: String,
        /// The last page, from 1.
        page: u32,
        /// The records of all pages.
        given: u64,
        /// The records that there are.
        total: u64,
    },
    /// The link to the next page leads elsewhere; the key is not sent there.
    #[error(
        "stream {stream}: page {page} links to the next page at {origin}, which is not the source; it is not followed \
         (if that is the source too, name it in `base_url`)"
    )]
    ForeignLink {
        /// The stream.
        stream: String,
        /// The page, from 1.
        page: u32,
        /// Scheme, host and port the link names, or what it is.
        origin: String,
    },
    /// The run ends before its work is done; the next one goes on with it.
    #[error("stream {stream}: {reason}; the next run goes on from there")]
    Stopped {
        /// The stream.
        stream: String,
        /// Why.
        reason: StopReason,
    },
    /// The run ends before its work is done, and so would any other that may spend as little: the source does not know any more
    /// how far the run before it had come.
    #[error("stream {stream}: {reason}; {}", budget_advice(*reason, *pages))]
    BudgetTooSmall {
        /// The stream.
        stream: String,
        /// Why the run ends.
        reason: StopReason,
        /// The most pages that a run has come to.
        pages: u32,
    },
    /// A page that is said to have landed cannot be read.
    #[error("stream {stream}: the landed page {page} cannot be read again")]
    LandedPage {
        /// The stream.
        stream: String,
        /// The page's place in the chain, from 1.
        page: u32,
        /// Why not.
        source: PageFault,
    },
}

/// Why one attempt at a page failed.
#[derive(Debug, Error)]
pub enum AttemptError {
    /// There was no answer, or none as a whole.
    #[error("no whole answer")]
    Transport(#[source] TransportError),
    /// The source answered with a status that may pass.
    #[error("the source answered {}: {message}", status_words(*status))]
    Status {
        /// 408, 425, 5xx, or one that tells of a limit.
        status: StatusCode,
        /// The source's own words.
        message: String,
    },
    /// The answer was no page.
    #[error("the answer was no page")]
    Unreadable(#[source] PageFault),
}

/// What a caller would do differently about an [`ExtractError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Wrong use or configuration: exit code 2.
    Config,
    /// Refused by the source: exit code 77.
    Refused,
    /// The source is unavailable for now: exit code 69.
    Unavailable,
    /// Work is left for the next run: exit code 75.
    Stopped,
    /// Failed otherwise: exit code 1.
    Failed,
}

impl ExtractError {
    /// What the caller would do differently.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Setup(SetupError::Client { .. }) => FailureKind::Failed,
            Self::Setup(_) | Self::Request { .. } | Self::PointerMissed { .. } | Self::NextNotText { .. } => {
                FailureKind::Config
            }
            Self::Refused { .. } => FailureKind::Refused,
            Self::Unavailable { .. } => FailureKind::Unavailable,
            Self::Stopped { .. } | Self::BudgetTooSmall { .. } => FailureKind::Stopped,
            Self::Rejected { .. }
            | Self::WindowRefused { .. }
            | Self::CursorExpired { .. }
            | Self::Transport { .. }
            | Self::PaginationLoop { .. }
            | Self::NextPageMissing { .. }
            | Self::FewerThanTotal { .. }
            | Self::ForeignLink { .. }
            | Self::LandedPage { .. } => FailureKind::Failed,
        }
    }

    /// The status of the answer that the pull ended with; `None` where there was no answer, or a good status.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. }
            | Self::Rejected { status, .. }
            | Self::WindowRefused { status, .. }
            | Self::CursorExpired { status, .. }
            | Self::Unavailable { source: AttemptError::Status { status, .. }, .. } => Some(*status),
            _ => None,
        }
    }
}
