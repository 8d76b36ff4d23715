//! A source, as all chains of a pipeline share it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::page_memory::PageMemory;
use super::page_size::AcceptedSizes;
use super::pointer_check::PointersHit;
use crate::envelope::AnswerRules;
use crate::lock::Lock;
use crate::pace::{Clock, Gate, Governors, Quotas, RetryPolicy, SourceTime};
use crate::transport::{Credential, Transport};

/// The way to a source, and all that its chains share: pace, budget, quotas, and what was learnt of page sizes, windows,
/// pointers and the source's clock.
pub(crate) struct Source {
    pub(crate) credential: Credential,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) governors: Governors,
    pub(crate) gate: Gate,
    pub(crate) quotas: Quotas,
    pub(crate) retry: RetryPolicy,
    /// Where the jitter of waits begins.
    pub(crate) seed: u64,
    pub(crate) sizes: AcceptedSizes,
    pub(crate) memory: PageMemory,
    pub(crate) pointers: PointersHit,
    pub(crate) time: SourceTime,
    /// What the pipeline says of answers, by stream.
    pub(crate) rules: Lock<BTreeMap<String, Arc<AnswerRules>>>,
}

impl Source {
    /// What the pipeline says of a stream's answers.
    pub(super) fn rules_of(&self, stream: &str) -> Arc<AnswerRules> {
        self.rules.lock().get(stream).cloned().unwrap_or_default()
    }
}
