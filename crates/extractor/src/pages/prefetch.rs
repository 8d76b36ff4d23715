//! Pages of one chain that are asked for ahead: requests under way, and answers that wait for their turn.

use std::collections::BTreeMap;
use std::pin::pin;

use futures::future::{BoxFuture, Either, FutureExt, select};
use futures::stream::{FuturesUnordered, StreamExt};

use super::fetch::{Attempt, PageFetch};
use super::pagination::PageRef;

/// The pages of a chain that are asked for, in the order of the chain.
///
/// Each gets one attempt. What a failure asks for beyond that is left to whoever waits for the page, so that a source in
/// trouble meets one request after the other and no crowd of them.
#[derive(Default)]
pub(super) struct Prefetch {
    /// The pages asked for and not taken yet, by a number that counts on.
    pending: BTreeMap<u64, PageRef>,
    running: FuturesUnordered<BoxFuture<'static, (u64, FirstAttempt)>>,
    answered: BTreeMap<u64, FirstAttempt>,
    next: u64,
}

/// The attempts at a page, and how the first went.
pub(super) struct FirstAttempt {
    pub(super) fetch: PageFetch,
    pub(super) outcome: Attempt,
    /// True where it was asked for before the page in front of it was there.
    pub(super) is_ahead: bool,
}

impl Prefetch {
    /// The number of pages asked for and not taken yet.
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    /// The first of these pages.
    pub(super) fn first(&self) -> Option<&PageRef> {
        self.pending.values().next()
    }

    /// True where an answer that has come is no page.
    pub(super) fn has_failed(&self) -> bool {
        self.answered.values().any(|answer| !matches!(answer.outcome, Attempt::Page(_)))
    }

    /// Forgets all that was asked for.
    pub(super) fn clear(&mut self) {
        *self = Self { next: self.next, ..Self::default() };
    }

    /// Asks for one more page.
    pub(super) fn ask(&mut self, page: PageRef, mut fetch: PageFetch) {
        let (number, is_ahead) = (self.next, !self.pending.is_empty());
        self.next += 1;
        self.pending.insert(number, page);
        let asking = async move {
            let outcome = fetch.attempt().await;
            (number, FirstAttempt { fetch, outcome, is_ahead })
        };
        self.running.push(asking.boxed());
    }

    /// Takes the answer for the first of these pages, where it has come.
    pub(super) fn take_first(&mut self) -> Option<FirstAttempt> {
        let (number, _) = self.pending.first_key_value()?;
        let answer = self.answered.remove(number)?;
        self.pending.pop_first();
        Some(answer)
    }

    /// Waits for any answer; for ever where nothing runs.
    pub(super) async fn wait_for_any(&mut self) {
        match self.running.next().await {
            Some((number, answer)) => {
                self.answered.insert(number, answer);
            }
            None => std::future::pending().await,
        }
    }

    /// Takes answers in while something else is done.
    pub(super) async fn while_doing<T>(&mut self, act: impl Future<Output = T>) -> T {
        let mut act = pin!(act);
        loop {
            match select(act.as_mut(), pin!(self.wait_for_any())).await {
                Either::Left((done, _)) => return done,
                Either::Right(((), _)) => {}
            }
        }
    }
}
