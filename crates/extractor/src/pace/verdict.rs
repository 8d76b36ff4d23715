//! What an answer's status asks for.

use http::StatusCode;

/// What a status asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There may be a page: read it.
    Read,
    /// It may pass.
    Retry,
    /// The key is at fault.
    Refused,
    /// The request is at fault.
    Rejected,
}

/// The verdict on a status.
pub(crate) fn judge(status: StatusCode) -> Verdict {
    match status.as_u16() {
        200..=299 => Verdict::Read,
        408 | 420 | 425 | 429 | 500..=599 => Verdict::Retry,
        401..=403 => Verdict::Refused,
        _ => Verdict::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_again() {
        for (status, expected) in [
            (200, Verdict::Read),
            (204, Verdict::Read),
            (206, Verdict::Read),
            (301, Verdict::Rejected),
            (304, Verdict::Rejected),
            (400, Verdict::Rejected),
            (401, Verdict::Refused),
            (402, Verdict::Refused),
            (403, Verdict::Refused),
            (404, Verdict::Rejected),
            (408, Verdict::Retry),
            (410, Verdict::Rejected),
            (420, Verdict::Retry),
            (422, Verdict::Rejected),
            (423, Verdict::Rejected),
            (425, Verdict::Retry),
            (429, Verdict::Retry),
            (500, Verdict::Retry),
            (503, Verdict::Retry),
            (509, Verdict::Retry),
            (520, Verdict::Retry),
            (529, Verdict::Retry),
        ] {
            assert_eq!(judge(StatusCode::from_u16(status).unwrap()), expected, "{status}");
        }
    }
}
