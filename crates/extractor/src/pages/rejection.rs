//! What may be done about a request that the source does not accept.

use http::StatusCode;

use super::pagination::PageRef;

/// A request that was rejected, and what was tried before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rejected<'a> {
    pub(super) status: StatusCode,
    /// The page asked for.
    pub(super) page: &'a PageRef,
    /// True where the stream names a smaller page size.
    pub(super) has_smaller_size: bool,
    /// True where the slice was begun anew already.
    pub(super) was_restarted: bool,
}

/// What may be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Ask for the same page with fewer records.
    SmallerPage,
    /// Begin the slice anew: the cursor or link has expired.
    Restart,
    /// Nothing: it has expired again.
    CursorExpired,
    /// Nothing.
    Nothing,
}

impl Rejected<'_> {
    /// What may be done about it.
    pub(super) fn remedy(&self) -> Remedy {
        let is_led = matches!(self.page, PageRef::Cursor(_) | PageRef::Link(_));
        match (self.page, self.status) {
            (PageRef::First, StatusCode::BAD_REQUEST) if self.has_smaller_size => Remedy::SmallerPage,
            (_, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::GONE) if is_led => {
                match self.was_restarted {
                    false => Remedy::Restart,
                    true => Remedy::CursorExpired,
                }
            }
            _ => Remedy::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helps_against_a_rejection() {
        let (first, number) = (PageRef::First, PageRef::Number(2));
        let cursor = PageRef::Cursor("c".into());
        let link = PageRef::Link("https://source.test/next".parse().unwrap());
        for (status, page, has_smaller_size, was_restarted, expected) in [
            (400, &first, true, false, Remedy::SmallerPage),
            (400, &first, true, true, Remedy::SmallerPage),
            (400, &first, false, false, Remedy::Nothing),
            (404, &first, true, false, Remedy::Nothing),
            (400, &number, true, false, Remedy::Nothing),
            (410, &number, true, false, Remedy::Nothing),
            (400, &cursor, true, false, Remedy::Restart),
            (404, &cursor, false, false, Remedy::Restart),
            (410, &cursor, false, false, Remedy::Restart),
            (410, &link, false, false, Remedy::Restart),
            (410, &cursor, false, true, Remedy::CursorExpired),
            (404, &link, true, true, Remedy::CursorExpired),
            (422, &cursor, true, false, Remedy::Nothing),
            (301, &cursor, true, false, Remedy::Nothing),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let rejected = Rejected { status, page, has_smaller_size, was_restarted };
            assert_eq!(rejected.remedy(), expected, "{rejected:?}");
        }
    }
}
