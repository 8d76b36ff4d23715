//! Going on behind pages that an earlier run has made durable.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::PageChain;
use crate::envelope::{self, RecordSeen};
use crate::error::ExtractError;
use crate::pages::pagination::{PageRef, Step};

/// Page numbers are taken to mean the same for so long: no longer than it takes to walk them, that is.
const NUMBERS_HOLD_FOR: SignedDuration = SignedDuration::from_mins(10);

impl PageChain {
    /// Takes up a page that is durable already, as though it had just come: its URL and body as [`Page`](crate::Page) had them.
    /// Shown all pages of an interrupted chain in order, the chain goes on behind them.
    ///
    /// # Errors
    /// The body is no readable page.
    pub fn take_landed(&mut self, url: &str, body: &[u8]) -> Result<Vec<RecordSeen>, ExtractError> {
        let (stream, page) = (&self.fetcher.stream, self.seq + 1);
        let failed = |source| ExtractError::LandedPage { stream: stream.name.clone(), page, source };
        let content = envelope::read(stream, body).map_err(failed)?;
        self.fetcher.source.pointers.note(&stream.name, &content);
        let (requests, fetcher) = (&self.requests, &self.fetcher);
        let first = |size: Option<u32>| fetcher.shown(&requests.url(&PageRef::First, size));
        let is_first = self.size.choose(|size| first(Some(size)) == url) || first(None) == url;
        if is_first && !self.pagination.is_at_first() {
            self.restart();
            self.was_restarted = true;
            self.overlap.clear();
        } else if self.is_last_number(url) {
            self.pagination.step_back();
        }
        let url = Url::parse(url).unwrap_or_else(|_| self.requests.url(&PageRef::First, self.size.current()));
        self.seq += 1;
        self.follow(&content, &url);
        self.lookahead.take(&content, self.size.current());
        if self.must_overlap() {
            self.overlap.add(&content.records);
        }
        Ok(content.records)
    }

    /// Ends the taking up of landed pages, the last of which was fetched at `last`. False where they lead nowhere.
    ///
    /// Page numbers may lead elsewhere after a while, as records came or went: then the last landed page is asked for
    /// again, and only where it holds something that has landed does the chain go on behind it; otherwise it begins
    /// anew.
    pub fn go_on(&mut self, last: Timestamp) -> bool {
        // The clock may have been set since.
        let age = self.fetcher.source.clock.now().duration_since(last).abs();
        match age >= NUMBERS_HOLD_FOR && self.pagination.step_back() {
            true => self.pagination.forget_pages(),
            false => self.overlap.clear(),
        }
        !matches!(self.pagination.step(), Step::Fault(_))
    }

    /// True where the next page has a number, and ids tell whether numbers still mean the same.
    fn must_overlap(&self) -> bool {
        self.fetcher.stream.id.is_some() && matches!(self.pagination.step(), Step::Ask(PageRef::Number(_)))
    }

    /// True for the URL of the page before the one that is next, which has a number.
    fn is_last_number(&self, url: &str) -> bool {
        let Step::Ask(PageRef::Number(number)) = self.pagination.step() else {
            return false;
        };
        let last = self.requests.url(&PageRef::Number(number.saturating_sub(1)), self.size.current());
        self.fetcher.shown(&last) == url
    }
}
