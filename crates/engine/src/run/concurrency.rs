//! Several chains of pages of one stream at once, as many as the pace of requests has room for.

use std::pin::pin;

use convolake_extractor::Extractor;
use convolake_model::Stream;
use futures::future::{Either, select};
use futures::stream::{FuturesUnordered, StreamExt};

use crate::EngineError;

/// Chains of one stream at once. Each may hold a page, so this bounds memory too.
const CHAINS_MAX: usize = 16;

/// Pulls several chains of a stream at once: another is begun whenever the pace of requests has one to spare, so that
/// the slower the source answers, the more there are.
///
/// `next` gives the next chain while so many are open with it; one that has none now is asked again when a chain has
/// ended. `ended` takes what became of a chain, and says whether further ones may begin.
pub(crate) async fn pull_concurrently<T, F: Future<Output = T>>(
    extractor: &Extractor,
    stream: &Stream,
    mut next: impl FnMut(usize) -> Option<F>,
    mut ended: impl FnMut(T) -> Result<bool, EngineError>,
) -> Result<(), EngineError> {
    let mut running = FuturesUnordered::new();
    let (mut goes_on, mut has_next) = (true, true);
    loop {
        let may_begin = goes_on && has_next && running.len() < CHAINS_MAX;
        let over = match (running.is_empty(), may_begin) {
            (true, false) => return Ok(()),
            (true, true) => None,
            (false, false) => running.next().await,
            (false, true) => match select(running.next(), pin!(extractor.idle(stream))).await {
                Either::Left((over, _)) => over,
                Either::Right(_) => None,
            },
        };
        if let Some(over) = over {
            goes_on &= ended(over)?;
            has_next = true;
        } else if let Some(chain) = next(running.len() + 1) {
            running.push(chain);
        } else {
            has_next = false;
        }
    }
}
