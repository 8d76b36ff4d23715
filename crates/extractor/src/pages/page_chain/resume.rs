//! Going on behind pages that an earlier run has made durable.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::PageChain;
use crate::pages::pagination::{Place, Step};
use crate::{ExtractError, RecordSeen, envelope};

/// Page numbers are taken to mean the same for so long: no longer than it takes to walk them, that is.
const NUMBERS_HOLD_FOR: SignedDuration = SignedDuration::from_mins(10);

impl PageChain {
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
            self.lookahead.restart();
            self.was_restarted = true;
            self.overlap = None;
        } else if self.is_last_number(url) {
            self.walk.step_back();
        }
        let url = Url::parse(url).unwrap_or_else(|_| self.requests.url(&Place::First, self.size()));
        self.seq += 1;
        self.walk.take(&seen, &url);
        self.lookahead.take(&seen, self.size());
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
        // The clock may have been set since.
        let age = self.fetcher.shared.clock.now().duration_since(last).abs();
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
}
