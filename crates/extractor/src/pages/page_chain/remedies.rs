//! What a chain does about pages that are turned down, and about pointers that hit nothing.

use convolake_model::EndSign;
use std::time::Duration;

use http::StatusCode;
use tracing::{info, warn};
use url::Url;

use super::PageChain;
use crate::envelope::PageContent;
use crate::error::{ExtractError, status_words};
use crate::pace::StopReason;
use crate::pages::OddEnd;
use crate::pages::fetch::{Fetcher, Rejection};
use crate::pages::page_size::SizeSign;
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
        let size = self.fetcher.stream.pages.size.as_ref();
        let names_size = size.is_some_and(|size| speaks_of_size(&message, &size.param));
        let sign = match names_size || status == StatusCode::PAYLOAD_TOO_LARGE {
            true => SizeSign::TooMuch,
            false => SizeSign::Status,
        };
        let (has_smaller_size, was_restarted) = (self.size.has_smaller(sign), self.was_restarted);
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
                info!(
                    stream,
                    page = self.seq + 1,
                    status = status_words(status),
                    message,
                    "no such page, taken for the end"
                );
                self.pagination.end();
                if !is_declared_end {
                    self.end_check.turned_down(status);
                }
                Ok(())
            }
            Remedy::Restart => {
                warn!(
                    stream,
                    page = self.seq + 1,
                    status = status_words(status),
                    message,
                    "the way on has expired, beginning anew"
                );
                self.was_restarted = true;
                // Pages of this run alone are no walk that was lost between two runs.
                let is_resumed = self.resumed_at == Some(self.seq);
                self.lost_pages = is_resumed.then(|| self.pagination.pages());
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

    /// True where a slice was begun anew, and the source takes no request for its first page yet: it may count the walk that it has
    /// lost as under way until a while after.
    pub(super) fn is_beginning_held(&self, page: &PageRef, rejection: &Rejection) -> bool {
        let may_pass = matches!(rejection.status.as_u16(), 400 | 409 | 423);
        *page == PageRef::First && self.was_restarted && may_pass && self.n_held < HELD_MAX
    }

    /// Waits until the source may let a walk begin: a second, and twice as long each time.
    pub(super) async fn wait_to_begin(&mut self) -> Result<(), ExtractError> {
        let wait = Duration::from_secs(1 << self.n_held.min(HELD_MAX));
        self.n_held += 1;
        let (source, stream) = (&*self.fetcher.source, &self.fetcher.stream.name);
        info!(stream, ?wait, "the source takes no new walk yet, waiting for it");
        let waited = source.gate.wait(&*source.clock, source.clock.sleep(wait)).await;
        waited.map_err(|reason| ExtractError::Stopped { stream: stream.clone(), reason })
    }

    /// True for a page that a cursor or link led to and that has `null` where the records should be, and no way on: an end by the
    /// pipeline's rules only where it says so, and otherwise one that is believed when it is answered twice.
    pub(super) fn is_doubtful_end(&self, page: &PageRef, content: &PageContent) -> bool {
        let is_led = matches!(page, PageRef::Cursor(_) | PageRef::Link(_));
        let leads_on = content.cursor.is_some() || content.next_link.is_some() || content.more == Some(true);
        let is_said =
            content.more == Some(false) || self.fetcher.rules().ends.contains(&EndSign::NullRecords);
        is_led && content.is_null && !leads_on && !is_said && !self.is_end_asked_twice
    }

    /// A run that is to end, told in full where the source does not know any more how far the runs before it had come: all
    /// pages of the slice have to be asked for in one run then.
    pub(super) fn with_lost_pages(&self, error: ExtractError) -> ExtractError {
        let is_budget = |reason: &StopReason| matches!(reason, StopReason::Requests | StopReason::Duration);
        match (error, self.lost_pages) {
            (ExtractError::Stopped { stream, reason }, Some(lost)) if is_budget(&reason) => {
                let pages = lost.max(self.pagination.pages());
                ExtractError::BudgetTooSmall { stream, reason, pages }
            }
            (error, _) => error,
        }
    }

    /// What the last page shows of whether it was the last.
    fn page_before(&self) -> PageBefore {
        match () {
            () if self.overlap.is_awaited() => PageBefore::MayHaveMoved,
            () if self.pagination.may_be_at_end() && !self.lookahead.is_much_expected() => {
                PageBefore::MayBeLast
            }
            () => PageBefore::ShowsNoEnd,
        }
    }

    /// Asks for fewer records a page, where a page was too much for the source or for us in a way that no status tells of; true
    /// where that is possible. Pages whose place follows from their size are begun anew.
    pub(super) fn try_smaller(&mut self, page: &PageRef, error: &ExtractError) -> bool {
        let size = self.fetcher.stream.pages.size.as_ref();
        let may_be_size = size.is_some_and(|size| error.may_be_size(&size.param));
        if !may_be_size || !self.size.has_smaller(SizeSign::TooMuch) {
            return false;
        }
        match page {
            PageRef::First | PageRef::Cursor(_) => {}
            PageRef::Number(_) | PageRef::Link(_) => {
                self.overlap.clear();
                self.restart();
            }
        }
        if matches!(error, ExtractError::Unavailable { .. }) {
            // It was asked for as often as it may be.
            self.fetcher.limit_attempts(SMALLER_ATTEMPTS);
        }
        self.shrink();
        true
    }

    fn shrink(&mut self) {
        self.size.shrink();
        let (stream, size) = (&self.fetcher.stream.name, self.size.current());
        info!(stream, size, "page size turned down, trying a smaller one");
    }
}

/// Waits for a walk to begin anew: two minutes in all.
const HELD_MAX: u32 = 7;

/// The attempts at a page of fewer records, where one of more was asked for in vain.
const SMALLER_ATTEMPTS: u32 = 1;

/// True where a source's own words are about the size of a page.
fn speaks_of_size(message: &str, param: &str) -> bool {
    let message = message.to_lowercase();
    [&param.to_lowercase(), "page size", "per page", "too large"].iter().any(|words| message.contains(*words))
}

/// How sources turn a window down that is too long for them.
fn may_mean_window(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE
    )
}
