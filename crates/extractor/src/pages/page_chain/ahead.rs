//! Asking for pages ahead of the caller.

use std::pin::pin;

use futures::future::{Either, select};

use super::PageChain;
use crate::pages::PageRoom;
use crate::pages::fetch::PageFetch;
use crate::pages::pagination::PageRef;
use crate::pages::prefetch::FirstAttempt;

/// A page that the caller makes durable may be held in memory beside those that are asked for.
const PAGES_LANDING: usize = 1;

impl PageChain {
    /// Does something, such as to make the last page durable, while requests for the next ones go on.
    pub async fn beside<T>(&mut self, act: impl Future<Output = T>) -> T {
        let mut act = pin!(act);
        loop {
            match select(act.as_mut(), pin!(self.go_ahead(PAGES_LANDING))).await {
                Either::Left((done, _)) => return done,
                Either::Right(((), _)) => {}
            }
        }
    }

    /// The first attempt at the next page, which may have been made already.
    pub(super) async fn first_attempt_at(&mut self, page: &PageRef) -> FirstAttempt {
        if self.prefetch.first() != Some(page) {
            self.prefetch.clear();
            self.ask(page.clone(), None);
        }
        loop {
            if let Some(attempt) = self.prefetch.take_first() {
                return attempt;
            }
            self.go_ahead(0).await;
        }
    }

    /// Waits for an answer, but only until the pace has a request to spare: then one more page is asked for. `n_landing`
    /// pages are being made durable.
    async fn go_ahead(&mut self, n_landing: usize) {
        let Some((page, room)) = self.page_ahead(n_landing) else {
            return self.prefetch.wait_for_any().await;
        };
        let fetcher = self.fetcher.clone();
        let idle = pin!(fetcher.wait_until_idle());
        if let Either::Left(_) = select(pin!(self.prefetch.wait_for_any()), idle).await {
            return;
        }
        self.ask(page, Some(room));
    }

    /// The page behind all that are under way, where it may be asked for, and the memory for it.
    fn page_ahead(&self, n_landing: usize) -> Option<(PageRef, PageRoom)> {
        // Without ids nobody sees that records move.
        let is_safe = self.fetcher.stream.id.is_some() && !self.overlap.is_awaited();
        let n_pending = self.prefetch.len();
        let may_ask = is_safe && !self.prefetch.has_failed() && self.lookahead.may_ask(n_pending + n_landing);
        let page = self.pagination.ahead(n_pending).filter(|_| may_ask)?;
        let room = self.fetcher.source.memory.room_ahead(&self.fetcher.stream.name)?;
        Some((page, room))
    }

    fn ask(&mut self, page: PageRef, room: Option<PageRoom>) {
        self.lookahead.asked();
        let url = self.requests.url(&page, self.size.current());
        let fetch = PageFetch::new(self.fetcher.clone(), url, self.random.u64(..), room);
        self.prefetch.ask(page, fetch);
    }
}
