use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use convolake_model::{ParamSet, Stream};
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};
use url::Url;

use crate::extractor::Shared;
use crate::fetch::{FetchError, Fetched, Fetcher, Rejection};
use crate::page::kept_headers;
use crate::request::RequestTemplate;
use crate::slice_id::hex_digest;
use crate::walk::{Place, Step, Walk, WalkFault};
use crate::{ExtractError, FailedResponse, Page, RecordSeen, Slice, envelope};

/// Page numbers are taken to mean the same for so long: no longer than it takes to walk them, that is.
const NUMBERS_HOLD_FOR: SignedDuration = SignedDuration::from_mins(10);

/// The pages of one slice, one after the other, each asked for only when the caller asks for it.
///
/// A chain may be dropped at any await: [`PageChain::next`] changes it only once a page is whole, so that
/// asking again repeats the request. The same holds after an error.
pub struct PageChain {
    fetcher: Fetcher,
    requests: RequestTemplate,
    walk: Walk,
    size_index: usize,
    seq: u32,
    was_restarted: bool,
    /// Ids of landed pages, until a page shows that the numbers still lead to where they led.
    overlap: Option<HashSet<String>>,
    was_full: bool,
    odd_end: Option<OddEnd>,
}

/// An end of a slice that is one by the source's rules, and yet worth a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OddEnd {
    /// The last page is as full as a page can be, and names no next one.
    Full,
    /// The last page is empty, though the one before was full.
    EmptyAfterFull,
}

impl fmt::Display for OddEnd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Full => "its last page is full, and names no next one",
            Self::EmptyAfterFull => "its last page is empty, though the one before was full",
        })
    }
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
            fetcher: Fetcher::new(shared, stream, name),
            seq: 0,
            was_restarted: false,
            overlap: None,
            was_full: false,
            odd_end: None,
        })
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
            let url = self.requests.url(&place, self.size());
            match self.fetcher.fetch(&url).await {
                Ok(fetched) => return Ok(Some(self.take(fetched, &url))),
                Err(FetchError::Final(error)) => return Err(error),
                Err(FetchError::Rejected(rejection)) => self.rejected(rejection, &place, &url)?,
            }
        }
    }

    /// Takes up a page that is durable already, as though it had just come: its URL and body as [`Page`] had them.
    /// Shown all pages of an interrupted chain in order, the chain goes on behind them.
    ///
    /// # Errors
    /// The body is no readable page.
    pub fn take_landed(&mut self, url: &str, body: &[u8]) -> Result<Vec<RecordSeen>, ExtractError> {
        let (stream, page) = (&self.fetcher.stream, self.seq + 1);
        let failed = |source| ExtractError::LandedPage { stream: stream.name.clone(), page, source };
        let seen = envelope::read(stream, body).map_err(failed)?;
        let sizes = self.sizes().to_vec();
        let first = |size: Option<u32>| {
            self.fetcher.shared.credential.redact(self.requests.url(&Place::First, size).as_str())
        };
        let size_of_first = sizes.iter().position(|size| first(Some(*size)) == url);
        if let Some(index) = size_of_first {
            self.size_index = index;
        }
        let is_first = size_of_first.is_some() || first(None) == url;
        if is_first && !self.walk.is_at_first() {
            self.walk.restart();
            self.was_restarted = true;
            self.overlap = None;
        } else if self.is_last_number(url) {
            self.walk.step_back();
        }
        let url = Url::parse(url).unwrap_or_else(|_| self.requests.url(&Place::First, self.size()));
        self.seq += 1;
        self.walk.take(&seen, &url);
        if self.overlaps() {
            let ids = seen.records.iter().filter_map(|record| record.id.clone());
            self.overlap.get_or_insert_default().extend(ids);
        }
        Ok(seen.records)
    }

    /// Ends the taking up of landed pages, the last of which was fetched at `last`. False where they lead nowhere.
    ///
    /// Page numbers may lead elsewhere after a while, as records came or went: then the last landed page is asked for
    /// again, and only where it holds something that has landed does the chain go on behind it; otherwise it begins
    /// anew.
    pub fn go_on(&mut self, last: Timestamp) -> bool {
        let age = self.fetcher.shared.clock.now().duration_since(last);
        match age >= NUMBERS_HOLD_FOR && self.walk.step_back() {
            true => self.walk.forget_pages(),
            false => self.overlap = None,
        }
        !matches!(self.walk.step(), Step::Fault(_))
    }

    /// True where the next page has a number, and ids tell whether numbers still mean the same.
    fn overlaps(&self) -> bool {
        self.fetcher.stream.id.is_some() && matches!(self.walk.step(), Step::Ask(Place::Number(_)))
    }

    /// True for the URL of the page before the one that is next, which has a number.
    fn is_last_number(&self, url: &str) -> bool {
        let Step::Ask(Place::Number(number)) = self.walk.step() else {
            return false;
        };
        let last = self.requests.url(&Place::Number(number.saturating_sub(1)), self.size());
        self.fetcher.shared.credential.redact(last.as_str()) == url
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
        self.fetcher.failures.drain(..).collect()
    }

    fn take(&mut self, fetched: Fetched, url: &Url) -> Page {
        if self.walk.is_at_first() {
            self.fetcher.shared.learn_size_index(&self.fetcher.stream, self.size_index);
        }
        let Fetched { response, seen, retries } = fetched;
        self.walk.take(&seen, url);
        self.look_at_end(seen.record_count);
        if let Some(landed) = self.overlap.take()
            && !seen.records.iter().any(|record| record.id.as_ref().is_some_and(|id| landed.contains(id)))
        {
            info!(stream = self.fetcher.stream.name, "pages have moved by more than one, beginning anew");
            self.walk.restart();
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
            fetched_at: self.fetcher.shared.clock.now(),
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
mod tests;
