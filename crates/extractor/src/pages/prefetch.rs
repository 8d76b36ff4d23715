//! Requests of one chain that are under way, and answers that wait for their turn.

use std::collections::BTreeMap;
use std::pin::pin;

use futures::future::{BoxFuture, Either, FutureExt, select};
use futures::stream::{FuturesUnordered, StreamExt};

use super::fetch::{Attempt, PageFetch};
use super::pagination::Place;

/// The pages of a chain that are asked for, in the order of the chain.
///
/// Each gets one attempt. What a failure asks for beyond that is left to whoever waits for the page, so that a source in
/// trouble meets one request after the other and no crowd of them.
#[derive(Default)]
pub(crate) struct UnderWay {
    /// The places asked for, by a number that counts on.
    places: BTreeMap<u64, Place>,
    running: FuturesUnordered<BoxFuture<'static, (u64, Answer)>>,
    answered: BTreeMap<u64, Answer>,
    next: u64,
}

/// The attempts at a page, and how the first went.
pub(crate) struct Answer {
    pub(crate) fetch: PageFetch,
    pub(crate) first: Attempt,
    /// True where it was asked for before the page in front of it was there.
    pub(crate) is_ahead: bool,
}

impl UnderWay {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn first(&self) -> Option<&Place> {
        self.places.values().next()
    }

    /// True where an answer that has come is no page.
    pub(crate) fn has_failed(&self) -> bool {
        self.answered.values().any(|answer| !matches!(answer.first, Attempt::Page(_)))
    }

    /// Forgets all that was asked for.
    pub(crate) fn clear(&mut self) {
        *self = Self { next: self.next, ..Self::default() };
    }

    /// Asks for one more page.
    pub(crate) fn ask(&mut self, place: Place, mut fetch: PageFetch) {
        let (number, is_ahead) = (self.next, !self.places.is_empty());
        self.next += 1;
        self.places.insert(number, place);
        let asking = async move {
            let first = fetch.attempt().await;
            (number, Answer { fetch, first, is_ahead })
        };
        self.running.push(asking.boxed());
    }

    /// Takes the answer for the first place, where it has come.
    pub(crate) fn take_first(&mut self) -> Option<Answer> {
        let (number, _) = self.places.first_key_value()?;
        let answer = self.answered.remove(number)?;
        self.places.pop_first();
        Some(answer)
    }

    /// Waits for any answer; for ever where nothing runs.
    pub(crate) async fn answer(&mut self) {
        match self.running.next().await {
            Some((number, answer)) => {
                self.answered.insert(number, answer);
            }
            None => std::future::pending().await,
        }
    }

    /// Takes answers in while something else is done.
    pub(crate) async fn beside<T>(&mut self, act: impl Future<Output = T>) -> T {
        let mut act = pin!(act);
        loop {
            match select(act.as_mut(), pin!(self.answer())).await {
                Either::Left((done, _)) => return done,
                Either::Right(((), _)) => {}
            }
        }
    }
}
