//! Pulling one slice: each page is durable before the next of the chain is landed, then goes to the workers.

use std::collections::BTreeSet;
use std::sync::Arc;

use convolake_extractor::{ExtractError, FailureKind, Foreseen, PageChain, RecordSeen, Slice};
use convolake_model::{ParamSet, Stream};
use jiff::Timestamp;

use crate::EngineError;
use crate::ingest::StreamSink;
use crate::lock::Lock;
use crate::report::stream_outcome::SliceEnd;
use crate::run::context::RunContext;

/// Looks at a page; says whether to go on.
pub(crate) type OnPage<'a> = dyn FnMut(&PageSummary<'_>) -> bool + Send + 'a;

/// The list's hash of an id.
pub(crate) type HashOf<'a> = dyn Fn(&str) -> Option<String> + Sync + 'a;

/// How often a page is asked for that does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As the retry policy says.
    Usual,
    /// A few times: what the slice is a part of has failed as often as the policy allows.
    OfPart,
}

/// The attempts at a page of a part.
const PART_ATTEMPTS: u32 = 2;

/// What whoever pulls a slice is shown of a page.
pub(crate) struct PageSummary<'a> {
    /// Empty for streams whose records have no id.
    pub(crate) records: &'a [RecordSeen],
    pub(crate) n_records: usize,
    /// True for the first page of its slice, asked for just now.
    pub(crate) is_first: bool,
    pub(crate) leads_on: bool,
}

/// What the slices of one stream with one set of params share.
pub(crate) struct SlicePull<'a> {
    pub(crate) run: &'a RunContext<'a>,
    pub(crate) stream: &'a Stream,
    pub(crate) params: &'a Arc<ParamSet>,
    pub(crate) sink: &'a Arc<StreamSink>,
    /// Records the stream will give in all, where another stream has listed them.
    pub(crate) expected_records: Option<u64>,
    /// A list that is newest first is not walked on before this.
    pub(crate) until: Option<Timestamp>,
    /// Ids of which pages have landed and others have not.
    pub(crate) cut_short: Lock<BTreeSet<String>>,
}

impl SlicePull<'_> {
    /// Pulls a slice. `hash_of` gives the list's hash of an id; `on_page` looks at each page and says whether to go on.
    pub(crate) async fn pull(
        &self,
        slice: &Slice,
        hash_of: &HashOf<'_>,
        on_page: &mut OnPage<'_>,
    ) -> Result<SliceEnd, EngineError> {
        self.pull_with(Patience::Usual, slice, hash_of, on_page).await
    }

    /// [`SlicePull::pull`], with so much patience.
    pub(crate) async fn pull_with(
        &self,
        patience: Patience,
        slice: &Slice,
        hash_of: &HashOf<'_>,
        on_page: &mut OnPage<'_>,
    ) -> Result<SliceEnd, EngineError> {
        let mut chain = match self.chain(slice) {
            Ok(chain) => chain,
            Err(error) => return Ok(SliceEnd::Stopped { error, is_begun: false }),
        };
        let resumed = self.resume(slice, &mut chain, on_page).await?;
        if resumed.is_enough {
            return Ok(SliceEnd::Through { unanswered: Vec::new(), odd_end: None });
        }
        if !resumed.leads_on
            && let Ok(anew) = self.chain(slice)
        {
            chain = anew;
        }
        if patience == Patience::OfPart {
            chain.limit_attempts(PART_ATTEMPTS);
        }
        let end = self.pull_on(slice, &mut chain, resumed.leads_on, hash_of, on_page).await;
        self.cut_short.hold().extend(chain.cut_short());
        self.sink.tally.add(|counts| counts.requests += chain.take_requests());
        end
    }

    fn chain(&self, slice: &Slice) -> Result<PageChain, ExtractError> {
        let mut chain = self.run.extractor.pages(self.stream, self.params, slice)?;
        chain.foresee(Foreseen { records: self.expected_records, until: self.until });
        Ok(chain)
    }

    /// Pulls what a chain gives from where it stands.
    async fn pull_on(
        &self,
        slice: &Slice,
        chain: &mut PageChain,
        mut is_begun: bool,
        hash_of: &HashOf<'_>,
        on_page: &mut OnPage<'_>,
    ) -> Result<SliceEnd, EngineError> {
        loop {
            let next = chain.next().await;
            for failure in chain.take_failures() {
                self.land_failure(slice, failure).await?;
            }
            match next {
                Ok(Some(page)) => {
                    let goes_on = on_page(&PageSummary {
                        records: &page.records,
                        n_records: page.record_count,
                        is_first: page.seq == 1,
                        leads_on: !chain.is_at_end(),
                    });
                    is_begun = true;
                    if !goes_on {
                        self.land(slice, page, hash_of).await?;
                        return Ok(SliceEnd::Through { unanswered: Vec::new(), odd_end: None });
                    }
                    chain.beside(self.land(slice, page, hash_of)).await?;
                }
                Ok(None) => {
                    let (unanswered, odd_end) = (chain.unanswered(), chain.odd_end());
                    return Ok(SliceEnd::Through { unanswered, odd_end });
                }
                Err(error) => {
                    is_begun &= !matches!(error.kind(), FailureKind::Failed | FailureKind::Config);
                    return Ok(SliceEnd::Stopped { error, is_begun });
                }
            }
        }
    }
}
