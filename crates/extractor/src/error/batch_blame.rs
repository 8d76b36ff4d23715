//! Whether a failure may be that of one id of a batch, or of the size of a page.

use http::StatusCode;

use super::{AttemptError, ExtractError};
use crate::envelope::PageFault;
use crate::transport::TransportFault;

/// How likely it is that a batch of ids failed for one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchBlame {
    /// The source turned this very request down, and may take another.
    Likely,
    /// The source may as well be at fault as a whole: where both halves of a batch fail alike, all further ones would.
    Possible,
}

impl ExtractError {
    /// Whether one of several ids that were asked for together may be at fault, so that parts of them would come;
    /// `None` where it is not.
    pub fn batch_blame(&self) -> Option<BatchBlame> {
        match self {
            Self::Rejected { status, .. } => {
                matches!(status.as_u16(), 400 | 404 | 409 | 410 | 413 | 414 | 422 | 424 | 431 | 451)
                    .then_some(BatchBlame::Likely)
            }
            Self::Refused { status: StatusCode::FORBIDDEN, .. } => Some(BatchBlame::Possible),
            Self::Transport { source, .. } => {
                matches!(source.fault, TransportFault::TooLarge { .. }).then_some(BatchBlame::Likely)
            }
            Self::Unavailable { source, .. } => match source {
                AttemptError::Status { status, .. } => {
                    matches!(status.as_u16(), 408 | 500 | 502 | 504 | 520 | 524)
                        .then_some(BatchBlame::Possible)
                }
                AttemptError::Transport(error) => {
                    matches!(error.fault, TransportFault::Timeout | TransportFault::Interrupted)
                        .then_some(BatchBlame::Possible)
                }
                AttemptError::Unreadable(_) => Some(BatchBlame::Possible),
            },
            _ => None,
        }
    }

    /// True where a batch of ids that failed so is worth being asked for in halves; see [`ExtractError::batch_blame`].
    pub fn is_about_the_batch(&self) -> bool {
        self.batch_blame().is_some()
    }

    /// True where fewer records a page may help, though no status says so: the answer was too large, or the source's own
    /// words beside a good status speak of the parameter `size_param`.
    pub(crate) fn may_be_size(&self, size_param: &str) -> bool {
        match self {
            Self::Transport { source, .. } => matches!(source.fault, TransportFault::TooLarge { .. }),
            Self::Unavailable { source, .. } => match source {
                AttemptError::Unreadable(PageFault::Failed { message: Some(message), .. }) => {
                    message.contains(size_param)
                }
                // A gateway that does not wait long enough for the source, each time.
                AttemptError::Status { status, .. } => matches!(status.as_u16(), 408 | 502 | 504 | 524),
                AttemptError::Transport(error) => error.fault == TransportFault::Timeout,
                AttemptError::Unreadable(_) => false,
            },
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::StopReason;
    use crate::transport::TransportError;

    #[test]
    fn which_failures_of_a_batch_are_worth_halving() {
        let (stream, url, message) = ("s".to_owned(), "u".to_owned(), "m".to_owned());
        let code = |status| StatusCode::from_u16(status).unwrap();
        let rejected = |status| ExtractError::Rejected {
            stream: stream.clone(),
            url: url.clone(),
            status: code(status),
            message: message.clone(),
        };
        let refused = |status| ExtractError::Refused {
            stream: stream.clone(),
            status: code(status),
            message: message.clone(),
            env: String::new(),
            hint: None,
        };
        let unavailable = |source| ExtractError::Unavailable {
            stream: stream.clone(),
            url: url.clone(),
            attempts: 6,
            source,
        };
        let status =
            |status| unavailable(AttemptError::Status { status: code(status), message: message.clone() });
        let failed = PageFault::Failed { sign: None, message: None };
        let too_large = TransportError::new(TransportFault::TooLarge { limit_bytes: 9 });
        let (likely, possible) = (Some(BatchBlame::Likely), Some(BatchBlame::Possible));
        for (error, blame, shown) in [
            (rejected(400), likely, Some(400)),
            (rejected(404), likely, Some(404)),
            (rejected(410), likely, Some(410)),
            (rejected(414), likely, Some(414)),
            (rejected(422), likely, Some(422)),
            (rejected(301), None, Some(301)),
            (rejected(405), None, Some(405)),
            (refused(401), None, Some(401)),
            (refused(402), None, Some(402)),
            (refused(403), possible, Some(403)),
            (status(500), possible, Some(500)),
            (status(503), None, Some(503)),
            (status(429), None, Some(429)),
            (unavailable(AttemptError::Unreadable(failed)), possible, None),
            (
                unavailable(AttemptError::Transport(TransportError::new(TransportFault::Timeout))),
                possible,
                None,
            ),
            (unavailable(AttemptError::Transport(TransportError::new(TransportFault::Connect))), None, None),
            (
                ExtractError::Transport { stream: stream.clone(), url: url.clone(), source: too_large },
                likely,
                None,
            ),
            (ExtractError::Stopped { stream: stream.clone(), reason: StopReason::Asked }, None, None),
        ] {
            assert_eq!((error.batch_blame(), error.status()), (blame, shown.map(code)), "{error}");
            assert_eq!(error.is_about_the_batch(), blame.is_some());
        }
    }
}
