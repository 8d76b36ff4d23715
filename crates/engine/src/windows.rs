//! Windows of a stream, side by side: another chain is begun whenever the pace of requests has one to spare.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use convolake_extractor::{Cut, Cutter, Facts, Slice, Window, Windows, windows};
use futures::future::{Either, select};
use futures::stream::{FuturesUnordered, StreamExt};
use jiff::SignedDuration;

use crate::EngineError;
use crate::pull::{Look, Pulled, Puller};
use crate::pulling::Pulling;

/// Chains of one stream at once. Each may hold a page, so this bounds memory too.
const CHAINS_MAX: usize = 16;
/// After so many windows in a row that brought nothing but a failure no further one is opened.
const FAILURES_MAX: u32 = 2;

impl Pulling<'_> {
    /// Pulls a stream's stretch of time. All windows that are opened are pulled as far as they go.
    pub(crate) async fn windows(&mut self, facts: &Facts) -> Result<(), EngineError> {
        let Self { puller, report, progress, .. } = self;
        let stream = puller.stream;
        let Windows { begun, gaps } = windows(stream, facts);
        let length = stream.windows.as_ref().map_or(0, |windows| windows.window.as_seconds());
        let cutter = Mutex::new(Cutter::new(gaps, SignedDuration::from_secs(length)));
        let open = Mutex::new(0usize);
        let mut begun = VecDeque::from(begun);
        let mut running = FuturesUnordered::new();
        let mut failures = 0;
        loop {
            let may_open = failures < FAILURES_MAX
                && running.len() < CHAINS_MAX
                && (!begun.is_empty() || lock(&cutter).has_more());
            let ended = match (running.is_empty(), may_open) {
                (true, false) => break,
                (true, true) => None,
                (false, false) => running.next().await,
                (false, true) => match select(running.next(), pin!(puller.extractor.idle(stream))).await {
                    Either::Left((ended, _)) => ended,
                    Either::Right(_) => None,
                },
            };
            if let Some((window, pulled)) = ended {
                *lock(&open) -= 1;
                match pulled? {
                    Ended::GivenBack => {}
                    Ended::Pulled(pulled) => {
                        let is_through = progress.note(report, pulled, &Slice::from(window));
                        failures = if is_through { 0 } else { failures + 1 };
                    }
                }
                continue;
            }
            let next = begun.pop_front().or_else(|| lock(&cutter).next(running.len() + 1));
            if let Some(window) = next {
                *lock(&open) += 1;
                running.push(chain(puller, &cutter, &open, window));
            }
        }
        // What was not opened is left for the next run.
        progress.is_stopped |= lock(&cutter).has_more();
        Ok(())
    }
}

enum Ended {
    Pulled(Pulled),
    /// Denser than one chain should be: it is cut.
    GivenBack,
}

async fn chain(
    puller: &Puller<'_>,
    cutter: &Mutex<Cutter>,
    open: &Mutex<usize>,
    window: Window,
) -> (Window, Result<Ended, EngineError>) {
    let mut is_given_back = false;
    let mut seen = |look: &Look<'_>| {
        let mut cutter = lock(cutter);
        if !look.is_first {
            cutter.page(look.n_records);
            return true;
        }
        let cut = cutter.first_page(window, look.records, look.leads_on, *lock(open));
        is_given_back = cut == Cut::Back;
        !is_given_back
    };
    let pulled = puller.pull(&Slice::from(window), &|_| None, &mut seen).await;
    let ended = pulled.map(|pulled| match is_given_back {
        true => Ended::GivenBack,
        false => Ended::Pulled(pulled),
    });
    (window, ended)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
