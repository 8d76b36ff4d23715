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
    /// What the page before it shows.
    pub(super) before: PageBefore,
    /// True where the pipeline says that this status is an end.
    pub(super) is_declared_end: bool,
}

/// What the page before a rejected one shows of whether more follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageBefore {
    /// There is none, it was empty, it says that there is more, or far more records are expected than have come.
    ShowsNoEnd,
    /// It was a good page of records.
    MayBeLast,
    /// It landed so long ago that numbers may have moved since.
    MayHaveMoved,
}

/// What may be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Ask for the same page with fewer records.
    SmallerPage,
    /// Begin the slice anew: the cursor or link has expired, or page numbers have moved.
    Restart,
    /// Take it for the end: there is no page of that number.
    End,
    /// Nothing: it has expired again.
    CursorExpired,
    /// Nothing.
    Nothing,
}

impl Rejected<'_> {
    /// What may be done about it.
    pub(super) fn remedy(&self) -> Remedy {
        match (self.page, self.status.as_u16()) {
            (PageRef::First, 400 | 406 | 413 | 422) if self.has_smaller_size => Remedy::SmallerPage,
            (PageRef::Number(_) | PageRef::Cursor(_) | PageRef::Link(_), _)
                if self.is_declared_end && self.before == PageBefore::MayBeLast =>
            {
                Remedy::End
            }
            (PageRef::Cursor(_) | PageRef::Link(_), 400 | 404 | 410) => match self.was_restarted {
                false => Remedy::Restart,
                true => Remedy::CursorExpired,
            },
            (PageRef::Number(_), 400 | 404 | 422) => match self.before {
                PageBefore::MayBeLast => Remedy::End,
                PageBefore::MayHaveMoved => Remedy::Restart,
                PageBefore::ShowsNoEnd => Remedy::Nothing,
            },
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
            (406, &first, true, false, Remedy::SmallerPage),
            (413, &first, true, false, Remedy::SmallerPage),
            (422, &first, true, false, Remedy::SmallerPage),
            (400, &first, false, false, Remedy::Nothing),
            (422, &first, false, false, Remedy::Nothing),
            (404, &first, true, false, Remedy::Nothing),
            (400, &number, true, false, Remedy::End),
            (404, &number, true, false, Remedy::End),
            (422, &number, true, false, Remedy::End),
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
            let before = PageBefore::MayBeLast;
            let is_declared_end = false;
            let rejected =
                Rejected { status, page, has_smaller_size, was_restarted, before, is_declared_end };
            assert_eq!(rejected.remedy(), expected, "{rejected:?}");
        }
    }

    #[test]
    fn a_status_that_the_pipeline_names_is_an_end_behind_a_good_page() {
        let cursor = PageRef::Cursor("c".into());
        for (page, before, expected) in [
            (&PageRef::Number(2), PageBefore::MayBeLast, Remedy::End),
            (&cursor, PageBefore::MayBeLast, Remedy::End),
            (&PageRef::Number(2), PageBefore::ShowsNoEnd, Remedy::Nothing),
            (&PageRef::First, PageBefore::ShowsNoEnd, Remedy::Nothing),
        ] {
            let (status, has_smaller_size, was_restarted) = (StatusCode::RANGE_NOT_SATISFIABLE, false, false);
            let rejected =
                Rejected { status, page, has_smaller_size, was_restarted, before, is_declared_end: true };
            assert_eq!(rejected.remedy(), expected, "{rejected:?}");
        }
    }

    #[test]
    fn a_number_that_is_turned_down_is_an_end_behind_a_good_page_only() {
        let page = &PageRef::Number(2);
        for (before, expected) in [
            (PageBefore::MayBeLast, Remedy::End),
            (PageBefore::MayHaveMoved, Remedy::Restart),
            (PageBefore::ShowsNoEnd, Remedy::Nothing),
        ] {
            let (status, has_smaller_size, was_restarted) = (StatusCode::NOT_FOUND, false, false);
            let is_declared_end = false;
            let rejected =
                Rejected { status, page, has_smaller_size, was_restarted, before, is_declared_end };
            assert_eq!(rejected.remedy(), expected);
        }
    }
}
