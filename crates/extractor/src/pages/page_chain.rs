//! The pages of a slice: what [`PaginationState`] decides, asked for.

mod ahead;
mod remedies;
mod resume;

use std::sync::Arc;

use convolake_model::{EndSign, ParamSet, Stream};
use http::Method;
use tracing::info;
use url::Url;

use super::fetch::{Attempt, FailureLog, FetchError, Fetched, Fetcher};
use super::headers::kept_headers;
use super::lookahead::{Foreseen, Lookahead};
use super::odd_end::{EndCheck, PageEnd};
use super::overlap::Overlap;
use super::page_size::PageSize;
use super::pagination::{PaginationFault, PaginationState, Step};
use super::prefetch::{FirstAttempt, Prefetch};
use super::request::RequestTemplate;
use super::{FailedResponse, OddEnd, Page, Source};
use crate::digest::{fingerprint_of, number_of};
use crate::envelope::{PageContent, PartialFailure};
use crate::error::ExtractError;
use crate::plan::{Slice, Window};
use crate::transport::Credential;

/// The pages of one slice, one after the other.
///
/// A page is asked for only when the caller asks for it, but for those of a numbered stream: of these, several may be under
/// way while the caller waits for the first of them or makes a page durable ([`PageChain::beside`]). They are given
/// out in the order of their numbers all the same.
///
/// A chain may be dropped at any await: [`PageChain::next`] changes it only once a page is whole, so that
/// asking again repeats the request. The same holds after an error.
pub struct PageChain {
    fetcher: Fetcher,
    requests: RequestTemplate,
    pagination: PaginationState,
    lookahead: Lookahead,
    prefetch: Prefetch,
    size: PageSize,
    /// Gives each page waits of its own.
    random: fastrand::Rng,
    failures: FailureLog,
    /// The last page's place in the chain.
    seq: u32,
    was_restarted: bool,
    /// The place of the last page that an earlier run had landed, where the chain goes on behind it.
    resumed_at: Option<u32>,
    /// Pages of the walk that an earlier run had landed, once the source did not know the way on from there any more.
    lost_pages: Option<u32>,
    /// How often a source that had lost a cursor was waited for until it lets another walk begin.
    n_held: u32,
    /// True once a page without records, and none next, was asked for again before it is taken for the end.
    is_end_asked_twice: bool,
    /// Set until a page shows that the numbers still lead to where they led when pages landed.
    overlap: Overlap,
    end_check: EndCheck,
    /// The window of the slice, where that is longer than one that the stream names.
    long_window: Option<Window>,
}

impl PageChain {
    pub(crate) fn new(
        source: Arc<Source>,
        stream: &Stream,
        params: &ParamSet,
        slice: &Slice,
    ) -> Result<Self, ExtractError> {
        let chosen = match slice {
            Slice::Ids(ids) => Some(ids.as_slice()),
            Slice::Whole | Slice::Window { .. } | Slice::Of { .. } => None,
        };
        // Each chain has its own waits, whatever the order in which chains run.
        let name = number_of(fingerprint_of([stream.name.as_str(), &slice.id(params)]));
        Ok(Self {
            requests: RequestTemplate::new(stream, params, slice)?,
            pagination: PaginationState::new(&stream.pages, chosen),
            size: source.sizes.first_of(stream),
            lookahead: Lookahead::default(),
            prefetch: Prefetch::default(),
            random: fastrand::Rng::with_seed(source.seed ^ name),
            failures: FailureLog::default(),
            fetcher: Fetcher::new(source, stream),
            seq: 0,
            was_restarted: false,
            resumed_at: None,
            lost_pages: None,
            n_held: 0,
            is_end_asked_twice: false,
            overlap: Overlap::default(),
            end_check: EndCheck::default(),
            long_window: long_window(stream, slice),
        })
    }

    /// Says beforehand how far the chain will lead, so that no more is asked for ahead than there is.
    pub fn foresee(&mut self, foreseen: Foreseen) {
        self.lookahead.foresee(foreseen);
    }

    /// The next page; `None` at the end of the slice. The caller makes a page durable before it asks for the next.
    ///
    /// # Errors
    /// Why the chain stops before its end. The pages before it stand.
    pub async fn next(&mut self) -> Result<Option<Page>, ExtractError> {
        loop {
            let page = match self.pagination.step() {
                Step::End => return Ok(None),
                Step::Fault(fault) => return Err(self.pagination_error(fault.clone())),
                Step::Ask(page) => page.clone(),
            };
            let FirstAttempt { mut fetch, outcome, is_ahead } = self.first_attempt_at(&page).await;
            let is_ahead = is_ahead && matches!(outcome, Attempt::Page(_));
            let fetched = self.prefetch.while_doing(fetch.go_on(outcome)).await;
            self.failures.append(fetch.failures());
            let is_repeat = fetched.as_ref().is_ok_and(|fetched| self.lookahead.repeats(&fetched.content));
            if is_repeat || fetched.is_err() {
                self.prefetch.clear();
            }
            match fetched {
                Ok(_) if is_repeat && is_ahead => {
                    info!(stream = self.fetcher.stream.name, "records have moved, asking for the page anew");
                    self.lookahead.slow_down();
                }
                Ok(fetched) if self.is_doubtful_end(&page, &fetched.content) => {
                    info!(
                        stream = self.fetcher.stream.name,
                        "null for records in mid-walk, asking for the page again"
                    );
                    self.is_end_asked_twice = true;
                }
                Ok(fetched) => return Ok(Some(self.take(fetched, fetch.url()))),
                Err(FetchError::Final(error)) => {
                    if !self.try_smaller(&page, &error) {
                        return Err(self.with_lost_pages(*error));
                    }
                }
                Err(FetchError::Rejected(rejection)) if self.is_beginning_held(&page, &rejection) => {
                    self.wait_to_begin().await?;
                }
                Err(FetchError::Rejected(rejection)) => self.remedy(rejection, &page, fetch.url())?,
            }
        }
    }

    /// Asks for each page at most so many times: for chains that follow one that has failed in full.
    pub fn limit_attempts(&mut self, attempts: u32) {
        self.fetcher.limit_all_attempts(attempts);
    }

    /// The requests made since the last call, those that came to nothing included.
    pub fn take_requests(&self) -> u64 {
        self.fetcher.take_requests()
    }

    /// The answers since the last call that were no readable pages, oldest first; the newest few of many.
    pub fn take_failures(&mut self) -> Vec<FailedResponse> {
        self.failures.take()
    }

    /// True once the last page of the slice was given out or taken up.
    pub fn is_at_end(&self) -> bool {
        *self.pagination.step() == Step::End
    }

    /// Why no page follows the last one though the slice is not at its end; it shows before the next page is asked for.
    pub fn fault(&self) -> Option<ExtractError> {
        match self.pagination.step() {
            Step::Fault(fault) => Some(self.pagination_error(fault.clone())),
            Step::Ask(_) | Step::End => None,
        }
    }

    /// Set where the slice came to an end that is worth a look.
    pub fn odd_end(&self) -> Option<OddEnd> {
        self.end_check.odd_end()
    }

    /// The ids of a slice of chosen ids that no page has answered so far.
    pub fn unanswered(&self) -> Vec<String> {
        self.pagination.unanswered().to_vec()
    }

    /// The ids of a slice of chosen ids of which pages have come and more may follow: none once the chain is at its end.
    pub fn cut_short(&self) -> Vec<String> {
        self.pagination.cut_short().to_vec()
    }

    fn take(&mut self, fetched: Fetched, url: &Url) -> Page {
        let (source, stream) = (Arc::clone(&self.fetcher.source), Arc::clone(&self.fetcher.stream));
        source.sizes.accept(&stream, &self.size);
        self.fetcher.restore_attempts();
        let Fetched { response, content, fetched_at, retries, room } = fetched;
        self.follow(&content, url);
        self.is_end_asked_twice = false;
        self.n_held = 0;
        self.lookahead.take(&content, self.size.current());
        let (record_count, n_broken) = (content.record_count, content.n_broken);
        let ends = &self.fetcher.rules().ends;
        self.end_check.take(PageEnd {
            record_count,
            is_full: self.size.is_full(record_count),
            is_last: self.is_at_end(),
            is_numbered: stream.pages.numbered.is_some(),
            is_odd_null: content.is_null && !ends.contains(&EndSign::NullRecords),
        });
        self.check_pointers(&content);
        if self.overlap.is_missed_by(&content.records) {
            info!(stream = stream.name, "pages have moved by more than one, beginning anew");
            self.restart();
        }
        self.seq += 1;
        let (seq, bytes) = (self.seq, response.body.len());
        info!(stream = stream.name, seq, record_count, n_broken, retries, bytes, "page fetched");
        Page {
            seq,
            method: Method::GET,
            url: self.fetcher.shown(url),
            status: response.status,
            headers: kept_headers(&response.headers, &source.credential),
            fetched_at,
            body: source.credential.redact_page(response.body),
            partial: content.partial.map(|partial| redacted(partial, &source.credential)),
            record_count,
            n_broken,
            records: content.records,
            retries,
            room,
        }
    }

    /// Takes the way on from a page, which was asked for at `url`.
    fn follow(&mut self, content: &PageContent, url: &Url) {
        self.pagination.take(content, url);
        let is_repeat =
            matches!(self.pagination.step(), Step::Fault(PaginationFault::Loop(sign)) if sign.is_repeat());
        if is_repeat && self.fetcher.rules().ends.contains(&EndSign::Repeat) {
            self.pagination.end();
        }
    }

    /// Begins the slice anew at its first page.
    fn restart(&mut self) {
        self.pagination.restart();
        self.lookahead.restart();
    }

    fn pagination_error(&self, fault: PaginationFault) -> ExtractError {
        let (stream, page) = (self.fetcher.stream.name.clone(), self.seq);
        match fault {
            PaginationFault::Loop(sign) => ExtractError::PaginationLoop { stream, page, sign },
            PaginationFault::NextPageMissing => ExtractError::NextPageMissing { stream, page },
            PaginationFault::ForeignLink { origin } => ExtractError::ForeignLink { stream, page, origin },
            PaginationFault::FewerThanTotal { given, total } => {
                ExtractError::FewerThanTotal { stream, page, given, total }
            }
            PaginationFault::PointerMissed(missed) => ExtractError::PointerMissed { stream, page, missed },
        }
    }
}

/// Words of the source without the keys.
fn redacted(partial: PartialFailure, credential: &Credential) -> PartialFailure {
    let PartialFailure { sign, n_errors, message } = partial;
    let message = message.map(|message| credential.redact(&message));
    PartialFailure { sign: credential.redact(&sign), n_errors, message }
}

/// The window of a slice that is longer than one of the stream's.
fn long_window(stream: &Stream, slice: &Slice) -> Option<Window> {
    let longest = stream.windows.as_ref()?.window.as_seconds();
    match slice {
        Slice::Window { from, until } => Some(Window { from: *from, until: *until }),
        Slice::Of { within, .. } => *within,
        Slice::Whole | Slice::Ids(_) => None,
    }
    .filter(|window| window.seconds() > longest)
}

#[cfg(test)]
mod ahead_tests;
#[cfg(test)]
mod tests;
