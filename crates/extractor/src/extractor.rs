//! Chains of pages for the streams of a pipeline.

use std::sync::Arc;

use convolake_model::{ParamSet, Stream};
use jiff::SignedDuration;

use crate::error::ExtractError;
use crate::pace::{Budget, Clock, Gate, Governors, Quotas, RetryPolicy, SourceTime, Spent, Stop};
use crate::pages::{AcceptedSizes, PageChain, PageMemory, PointersHit, Source};
use crate::plan::Slice;
use crate::transport::{Credential, Transport};

/// How an [`Extractor`] goes about its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtractorConfig {
    /// How often and how patiently a request is tried again.
    pub retry: RetryPolicy,
    /// Where the jitter of waits begins: the same seed, the same waits.
    pub seed: u64,
    /// What all chains together may spend.
    pub budget: Budget,
    /// The memory of all bodies that are under way or held, in bytes. One page is always asked for, whatever its size.
    pub body_memory_bytes: u64,
}

/// Pulls the slices of one pipeline's streams. Clones share the pace of requests.
#[derive(Clone)]
pub struct Extractor {
    source: Arc<Source>,
}

impl Extractor {
    /// An extractor that authorises its requests with `credential`, and makes none once it is asked to stop. Its
    /// budget runs from now on.
    pub fn new(
        config: ExtractorConfig,
        credential: Credential,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        stop: Stop,
    ) -> Self {
        let ExtractorConfig { retry, seed, budget, body_memory_bytes } = config;
        let source = Source {
            gate: Gate::new(stop, budget, &*clock),
            credential,
            transport,
            clock,
            governors: Governors::default(),
            quotas: Quotas::default(),
            retry,
            seed,
            sizes: AcceptedSizes::default(),
            memory: PageMemory::new(body_memory_bytes),
            pointers: PointersHit::default(),
            time: SourceTime::default(),
        };
        Self { source: Arc::new(source) }
    }

    /// How far the source's clock is ahead of ours at least, as its answers have told so far; for
    /// [`horizon`](crate::horizon).
    pub fn source_offset(&self) -> Option<SignedDuration> {
        self.source.time.offset()
    }

    /// The pages of a slice of `stream`, pulled with `params`. No request is made yet.
    ///
    /// # Errors
    /// No request can be made: the path lacks a param, or the stream knows no such slice.
    pub fn pages(
        &self,
        stream: &Stream,
        params: &ParamSet,
        slice: &Slice,
    ) -> Result<PageChain, ExtractError> {
        PageChain::new(Arc::clone(&self.source), stream, params, slice)
    }

    /// Takes over what earlier runs have spent of quotas.
    pub fn remember_spent(&self, earlier: Spent) {
        self.source.quotas.remember(earlier);
    }

    /// Counts requests against `stream`'s quota that a run made and did not come to write down.
    pub fn add_spent(&self, stream: &Stream, requests: u64) {
        self.source.quotas.add(stream, self.source.clock.now(), requests);
    }

    /// What is spent of quotas so far.
    pub fn spent(&self) -> Spent {
        self.source.quotas.spent()
    }

    /// Waits until the pace of `stream` has a request to spare: until one more chain would not slow down the others.
    pub async fn idle(&self, stream: &Stream) {
        self.source.governors.of(stream).wait_until_idle(&*self.source.clock).await;
    }
}

#[cfg(test)]
mod tests;
