//! A source, as all chains of a pipeline share it.

use std::sync::Arc;

use super::page_memory::PageMemory;
use super::page_size::AcceptedSizes;
use super::pointer_check::PointersHit;
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
}
