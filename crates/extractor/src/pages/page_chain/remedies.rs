//! What a chain does about pages that are turned down, and about pointers that hit nothing.

use convolake_model::EndSign;
use http::StatusCode;
use tracing::{info, warn};
use url::Url;

use super::PageChain;
use crate::envelope::PageContent;
use crate::error::ExtractError;
use crate::pages::OddEnd;
use crate::pages::fetch::{Fetcher, Rejection};
use crate::pages::pagination::{PageRef, PaginationFault, Step};
use crate::pages::pointer_check::{AbsentNext, FirstPage, PointerVerdict};
use crate::pages::rejection::{PageBefore, Rejected, Remedy};

impl PageChain {
    /// Holds the first page of a walk against the pointers of the pipeline. What is wrong with them shows once the page is
    /// given out.
    pub(super) fn check_pointers(&mut self, content: &PageContent) {
        let Fetcher { source, stream, .. } = &self.fetcher;
        if self.pagination.is_behind_first() && content.record_count > 0 {
            let first = FirstPage {
                is_full: self.size.is_full(content.record_count),
                // Chosen ids end where all are answered, whatever leads on.
                leads_on: matches!(self.pagination.step(), Step::Ask(_)) || self.requests.is_of_ids(),
                absent: match stream.answers.ends.contains(&EndSign::AbsentNext) {
                    true => AbsentNext::IsAnEnd,
                    false => AbsentNext::Undeclared,
                },
            };
            match source.pointers.judge(&stream.name, content, first) {
                PointerVerdict::Fine => {}
                PointerVerdict::OnlyPage(missed) => self.end_check.ended(OddEnd::PointerMissed(missed)),
                PointerVerdict::Mistake(missed) => {
                    self.pagination.fail(PaginationFault::PointerMissed(missed));
                }
            }
        }
        source.pointers.note(&stream.name, content);
    }

    /// A smaller page, the end, or a fresh beginning where that may help; the next step is ready then.
    pub(super) fn remedy(
        &mut self,
        rejection: Rejection,
        page: &PageRef,
        url: &Url,
    ) -> Result<(), ExtractError> {
        let Rejection { status, message } = rejection;
        let (has_smaller_size, was_restarted) = (self.size.has_smaller(), self.was_restarted);
        let stream = self.fetcher.stream.name.clone();
        let before = self.page_before();
        let is_declared_end = self.fetcher.rules().ends.contains(&EndSign::Status(status.as_u16()));
        let rejected = Rejected { status, page, has_smaller_size, was_restarted, before, is_declared_end };
        match rejected.remedy() {
            Remedy::SmallerPage => {
                self.shrink();
                Ok(())
            }
            Remedy::End => {
                info!(stream, page = self.seq + 1, %status, message, "no such page, taken for the end");
                self.pagination.end();
                if !is_declared_end {
                    self.end_check.turned_down(status);
                }
                Ok(())
            }
            Remedy::Restart => {
                warn!(stream, page = self.seq + 1, %status, message, "the way on has expired, beginning anew");
                self.was_restarted = true;
                self.overlap.clear();
                self.restart();
                Ok(())
            }
            Remedy::CursorExpired => {
                Err(ExtractError::CursorExpired { stream, page: self.seq + 1, status, message })
            }
            Remedy::Nothing => {
                let url = self.fetcher.shown(url);
                Err(match self.long_window.filter(|_| *page == PageRef::First && may_mean_window(status)) {
                    Some(window) => ExtractError::WindowRefused { stream, url, status, message, window },
                    None => ExtractError::Rejected { stream, url, status, message },
                })
            }
        }
    }

    /// What the last page shows of whether it was the last.
    fn page_before(&self) -> PageBefore {
        match () {
            () if self.overlap.is_awaited() => PageBefore::MayHaveMoved,
            () if self.pagination.may_be_at_end() && !self.lookahead.is_more_expected() => {
                PageBefore::MayBeLast
            }
            () => PageBefore::ShowsNoEnd,
        }
    }

    /// Asks for fewer records a page, where the first page was too much for the source or for us in a way that no status
    /// tells of; true where that is possible.
    pub(super) fn try_smaller(&mut self, page: &PageRef, error: &ExtractError) -> bool {
        let size = self.fetcher.stream.pages.size.as_ref();
        let may_be_size = size.is_some_and(|size| error.may_be_size(&size.param));
        let is_tried = *page == PageRef::First && may_be_size && self.size.has_smaller();
        if is_tried {
            self.shrink();
        }
        is_tried
    }

    fn shrink(&mut self) {
        self.size.shrink();
        let (stream, size) = (&self.fetcher.stream.name, self.size.current());
        info!(stream, size, "page size turned down, trying a smaller one");
    }
}

/// How sources turn a window down that is too long for them.
fn may_mean_window(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE
    )
}
