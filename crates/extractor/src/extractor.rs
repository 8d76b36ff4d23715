use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use convolake_model::{ParamSet, Stream};

use crate::pace::Governors;
use crate::pace::{Gate, Quotas, Spent};
use crate::{Budget, Clock, Credential, ExtractError, PageChain, RetryPolicy, Slice, Stop, Transport};

/// How an [`Extractor`] goes about its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtractorConfig {
    /// How often and how patiently a request is tried again.
    pub retry: RetryPolicy,
    /// Where the jitter of waits begins: the same seed, the same waits.
    pub seed: u64,
    /// What all chains together may spend.
    pub budget: Budget,
}

/// Pulls the slices of one pipeline's streams. Clones share the pace of requests.
#[derive(Clone)]
pub struct Extractor {
    shared: Arc<Shared>,
}

/// What all chains of a pipeline share.
pub(crate) struct Shared {
    pub(crate) config: ExtractorConfig,
    pub(crate) credential: Credential,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) governors: Governors,
    pub(crate) gate: Gate,
    pub(crate) quotas: Quotas,
    /// By stream: which of its page sizes the source takes, where a larger one was turned down.
    sizes: Mutex<BTreeMap<String, usize>>,
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
        let (governors, quotas, sizes) = (Governors::default(), Quotas::default(), Mutex::default());
        let gate = Gate::new(stop, config.budget, &*clock);
        Self {
            shared: Arc::new(Shared { config, credential, transport, clock, governors, gate, quotas, sizes }),
        }
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
        PageChain::new(Arc::clone(&self.shared), stream, params, slice)
    }
}

impl Extractor {
    /// Takes over what earlier runs have spent of quotas.
    pub fn remember_spent(&self, earlier: Spent) {
        self.shared.quotas.remember(earlier);
    }

    /// Counts requests against `stream`'s quota that a run made and did not come to write down.
    pub fn add_spent(&self, stream: &Stream, requests: u64) {
        self.shared.quotas.add(stream, self.shared.clock.now(), requests);
    }

    /// What is spent of quotas so far.
    pub fn spent(&self) -> Spent {
        self.shared.quotas.spent()
    }

    /// Waits until the pace of `stream` has a request to spare: until one more chain would not slow down the others.
    pub async fn idle(&self, stream: &Stream) {
        self.shared.governors.of(stream).idle(&*self.shared.clock).await;
    }
}

impl Shared {
    pub(crate) fn size_index(&self, stream: &Stream) -> usize {
        self.sizes.lock().unwrap_or_else(PoisonError::into_inner).get(&stream.name).copied().unwrap_or(0)
    }

    pub(crate) fn learn_size_index(&self, stream: &Stream, index: usize) {
        self.sizes.lock().unwrap_or_else(PoisonError::into_inner).insert(stream.name.clone(), index);
    }
}
