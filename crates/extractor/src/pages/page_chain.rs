//! The pages of a slice: what [`Walk`] decides, asked for.

mod resume;

use std::collections::{HashSet, VecDeque};
use std::pin::pin;
use std::sync::Arc;

use convolake_model::{ParamSet, Stream};
use futures::future::{Either, select};
use http::{Method, StatusCode};
use tracing::{info, warn};
use url::Url;

use super::fetch::{Attempt, FetchError, Fetched, Fetcher, Rejection, keep};
use super::lookahead::{Foreseen, Lookahead};
use super::odd_end::OddEnd;
use super::page::kept_headers;
use super::pagination::{Place, Step, Walk, WalkFault};
use super::prefetch::{Answer, UnderWay};
use super::request::RequestTemplate;
use crate::extractor::Shared;
use crate::plan::hex_digest;
use crate::{ExtractError, FailedResponse, Page, Slice};

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
    walk: Walk,
    lookahead: Lookahead,
    under_way: UnderWay,
    /// Gives each page waits of its own.
    random: fastrand::Rng,
    failures: VecDeque<FailedResponse>,
    size_index: usize,
    seq: u32,
    was_restarted: bool,
    /// Ids of landed pages, until a page shows that the numbers still lead to where they led.
    overlap: Option<HashSet<String>>,
    was_full: bool,
    odd_end: Option<OddEnd>,
}

impl PageChain {
    pub(crate) fn new(
        shared: Arc<Shared>,
        stream: &Stream,
        params: &ParamSet,
        slice: &Slice,
    ) -> Result<Self, ExtractError> {
        let asked = match slice {
            Slice::Ids(ids) => Some(ids.as_slice()),
            Slice::Whole | Slice::Window { .. } | Slice::Of { .. } => None,
        };
        // Each chain has its own waits, whatever the order in which chains run.
        let name = hex_digest([stream.name.as_str(), &slice.id(params)]);
        let name = u64::from_str_radix(&name[..16], 16).unwrap_or_default();
        Ok(Self {
            requests: RequestTemplate::new(stream, params, slice)?,
            walk: Walk::new(&stream.pages, asked),
            size_index: shared.size_index(stream),
            lookahead: Lookahead::default(),
            under_way: UnderWay::default(),
            random: fastrand::Rng::with_seed(shared.config.seed ^ name),
            failures: VecDeque::new(),
            fetcher: Fetcher::new(shared, stream),
            seq: 0,
            was_restarted: false,
            overlap: None,
            was_full: false,
            odd_end: None,
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
            let place = match self.walk.step() {
                Step::End => return Ok(None),
                Step::Fault(fault) => return Err(self.walk_error(fault.clone())),
                Step::Ask(place) => place.clone(),
            };
            let Answer { mut fetch, first, is_ahead } = self.answer_for(&place).await;
            let is_ahead = is_ahead && matches!(first, Attempt::Page(_));
            let fetched = self.under_way.beside(fetch.go_on(first)).await;
            keep(&mut self.failures, fetch.take_failures());
            let is_repeat = fetched.as_ref().is_ok_and(|fetched| self.lookahead.repeats(&fetched.seen));
            if is_repeat || fetched.is_err() {
                self.under_way.clear();
            }
            match fetched {
                Ok(_) if is_repeat && is_ahead => {
                    info!(stream = self.fetcher.stream.name, "records have moved, asking for the page anew");
                    self.lookahead.slow_down();
                }
                Ok(fetched) => return Ok(Some(self.take(fetched, fetch.url()))),
                Err(FetchError::Final(error)) => return Err(error),
                Err(FetchError::Rejected(rejection)) => self.rejected(rejection, &place, fetch.url())?,
            }
        }
    }

    /// Does something, such as to make the last page durable, while requests for the next ones go on.
    pub async fn beside<T>(&mut self, act: impl Future<Output = T>) -> T {
        let mut act = pin!(act);
        loop {
            match select(act.as_mut(), pin!(self.go_ahead(1))).await {
                Either::Left((done, _)) => return done,
                Either::Right(((), _)) => {}
            }
        }
    }

    /// The requests made since the last call, those that came to nothing included.
    pub fn take_requests(&self) -> u64 {
        self.fetcher.take_requests()
    }

    async fn answer_for(&mut self, place: &Place) -> Answer {
        if self.under_way.first() != Some(place) {
            self.under_way.clear();
            self.ask(place.clone());
        }
        loop {
            if let Some(answer) = self.under_way.take_first() {
                return answer;
            }
            self.go_ahead(0).await;
        }
    }

    /// Waits for an answer, but only until the pace has a request to spare: then one more page is asked for. `n_landing`
    /// pages are being made durable.
    async fn go_ahead(&mut self, n_landing: usize) {
        let Some(place) = self.ahead(n_landing) else { return self.under_way.answer().await };
        let fetcher = self.fetcher.clone();
        if let Either::Left(_) = select(pin!(self.under_way.answer()), pin!(fetcher.idle())).await {
            return;
        }
        self.ask(place);
    }

    /// The page behind all that are under way, where it may be asked for.
    fn ahead(&self, n_landing: usize) -> Option<Place> {
        // Without ids nobody sees that records move.
        let is_safe = self.fetcher.stream.id.is_some() && self.overlap.is_none();
        let n_under_way = self.under_way.len();
        let may_ask =
            is_safe && !self.under_way.has_failed() && self.lookahead.may_ask(n_under_way + n_landing);
        self.walk.ahead(n_under_way).filter(|_| may_ask)
    }

    fn ask(&mut self, place: Place) {
        self.lookahead.asked();
        let url = self.requests.url(&place, self.size());
        self.under_way.ask(place, self.fetcher.page(url, self.random.u64(..)));
    }

    /// True once the last page of the slice was given out or taken up.
    pub fn is_at_end(&self) -> bool {
        *self.walk.step() == Step::End
    }

    /// Set where the slice came to an end that is worth a look.
    pub fn odd_end(&self) -> Option<OddEnd> {
        self.odd_end
    }

    /// Page numbers end on an empty page; what a source that names the next page ends on is another matter.
    fn look_at_end(&mut self, record_count: usize) {
        let is_full =
            self.size().is_some_and(|size| usize::try_from(size).is_ok_and(|size| record_count >= size));
        let names_next = self.fetcher.stream.pages.numbered.is_none();
        self.odd_end = match (self.is_at_end() && names_next, is_full) {
            (true, true) => Some(OddEnd::Full),
            (true, false) if record_count == 0 && self.was_full => Some(OddEnd::EmptyAfterFull),
            _ => None,
        };
        self.was_full = is_full;
    }

    /// The ids of a slice of chosen ids that no page has answered so far.
    pub fn unanswered(&self) -> Vec<String> {
        self.walk.unanswered().to_vec()
    }

    /// The answers since the last call that were no readable pages, oldest first; the newest few of many.
    pub fn take_failures(&mut self) -> Vec<FailedResponse> {
        self.failures.drain(..).collect()
    }

    fn take(&mut self, fetched: Fetched, url: &Url) -> Page {
        if self.walk.is_at_first() {
            self.fetcher.shared.learn_size_index(&self.fetcher.stream, self.size_index);
        }
        let Fetched { response, seen, fetched_at, retries } = fetched;
        self.walk.take(&seen, url);
        self.lookahead.take(&seen, self.size());
        self.look_at_end(seen.record_count);
        if let Some(landed) = self.overlap.take()
            && !seen.records.iter().any(|record| record.id.as_ref().is_some_and(|id| landed.contains(id)))
        {
            info!(stream = self.fetcher.stream.name, "pages have moved by more than one, beginning anew");
            self.walk.restart();
            self.lookahead.restart();
        }
        self.seq += 1;
        let (seq, record_count) = (self.seq, seen.record_count);
        info!(
            stream = self.fetcher.stream.name,
            seq,
            record_count,
            retries,
            bytes = response.body.len(),
            "page fetched"
        );
        Page {
            seq,
            method: Method::GET,
            url: self.fetcher.shown(url),
            status: response.status,
            headers: kept_headers(&response.headers, &self.fetcher.shared.credential),
            fetched_at,
            body: response.body,
            record_count,
            records: seen.records,
            retries,
        }
    }

    /// A smaller page or a fresh beginning where that may help; the next step is ready then.
    fn rejected(&mut self, rejection: Rejection, place: &Place, url: &Url) -> Result<(), ExtractError> {
        let Rejection { status, message } = rejection;
        if status == StatusCode::BAD_REQUEST
            && *place == Place::First
            && self.size_index + 1 < self.sizes().len()
        {
            self.size_index += 1;
            info!(
                stream = self.fetcher.stream.name,
                size = self.size(),
                "page size turned down, trying a smaller one"
            );
            return Ok(());
        }
        let is_led = matches!(place, Place::Cursor(_) | Place::Link(_));
        if is_led && matches!(status, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::GONE) {
            if self.was_restarted {
                let (stream, page) = (self.fetcher.stream.name.clone(), self.seq + 1);
                return Err(ExtractError::CursorExpired { stream, page, status, message });
            }
            warn!(stream = self.fetcher.stream.name, page = self.seq + 1, %status, message, "cursor expired, beginning anew");
            self.was_restarted = true;
            self.walk.restart();
            self.lookahead.restart();
            return Ok(());
        }
        Err(ExtractError::Rejected {
            stream: self.fetcher.stream.name.clone(),
            url: self.fetcher.shown(url),
            status,
            message,
        })
    }

    fn sizes(&self) -> &[u32] {
        self.fetcher.stream.pages.size.as_ref().map(|size| size.sizes.as_slice()).unwrap_or_default()
    }

    fn size(&self) -> Option<u32> {
        self.sizes().get(self.size_index).copied()
    }

    fn walk_error(&self, fault: WalkFault) -> ExtractError {
        let (stream, page) = (self.fetcher.stream.name.clone(), self.seq);
        match fault {
            WalkFault::Loop(sign) => ExtractError::PaginationLoop { stream, page, sign },
            WalkFault::NextPageMissing => ExtractError::NextPageMissing { stream, page },
            WalkFault::ForeignLink { origin } => ExtractError::ForeignLink { stream, page, origin },
        }
    }
}

#[cfg(test)]
mod ahead_tests;
#[cfg(test)]
mod tests;
