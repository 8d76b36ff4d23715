//! Going on with a slice that an earlier run has landed pages of.

use std::collections::BTreeMap;

use convolake_extractor::{PageChain, RecordSeen, Slice};
use jiff::Timestamp;

use crate::EngineError;
use crate::run::checkpoint::warn_unreadable;
use crate::run::land::merge;
use crate::run::slice::{OnPage, PageSummary, SlicePull};

/// Looks at a landed page's records and the hashes they were listed under.
type OnLandedPage<'a> = dyn FnMut(&[RecordSeen], &BTreeMap<String, String>) + Send + 'a;

/// What was found landed of a slice.
#[derive(Debug, Default)]
pub(crate) struct Resumed {
    /// True where the chain goes on behind it.
    pub(crate) leads_on: bool,
    /// True where whoever looks at the pages wants no further one.
    pub(crate) is_enough: bool,
}

impl SlicePull<'_> {
    /// Shows the chain what earlier runs have landed of a slice, and merges what they did not come to merge.
    pub(crate) async fn resume(
        &self,
        slice: &Slice,
        chain: &mut PageChain,
        on_page: &mut OnPage<'_>,
    ) -> Result<Resumed, EngineError> {
        let mut resumed = Resumed::default();
        let mut is_readable = true;
        let mut last = Timestamp::MIN;
        for landed in self.run.checkpoint.claim(&self.stream.name, &slice.id(self.params)) {
            let page = match self.run.session.raw.read(&landed.name).await {
                Ok(page) => page,
                Err(error) => {
                    warn_unreadable(&*self.run.session.seams.observer, &landed.name, &error);
                    is_readable = false;
                    continue;
                }
            };
            if is_readable {
                match chain.take_landed(&page.page.url, &page.page.body) {
                    Ok(records) => {
                        last = page.page.fetched_at;
                        resumed.leads_on = true;
                        resumed.is_enough = !on_page(&PageSummary {
                            records: &records,
                            n_records: records.len(),
                            is_first: false,
                            leads_on: !chain.is_at_end(),
                        });
                    }
                    Err(_) => is_readable = false,
                }
            }
            if !landed.is_merged {
                merge(self.sink, &self.run.jobs, page).await?;
            }
        }
        resumed.leads_on &= is_readable && chain.go_on(last);
        resumed.is_enough &= resumed.leads_on;
        Ok(resumed)
    }

    /// Shows the records of a slice that an earlier run has landed, which no run asks for as such again, and merges them; gives
    /// its ids of which pages are missing.
    pub(crate) async fn merge_batch(
        &self,
        slice: &Slice,
        on_page: &mut OnLandedPage<'_>,
    ) -> Result<Vec<String>, EngineError> {
        let Ok(mut chain) = self.run.extractor.pages(self.stream, self.params, slice) else {
            return Ok(Vec::new());
        };
        for landed in self.run.checkpoint.claim(&self.stream.name, &slice.id(self.params)) {
            match self.run.session.raw.read(&landed.name).await {
                Ok(page) => {
                    if let Ok(records) = chain.take_landed(&page.page.url, &page.page.body) {
                        on_page(&records, &page.page.listed);
                    }
                    if !landed.is_merged {
                        merge(self.sink, &self.run.jobs, page).await?;
                    }
                }
                Err(error) => warn_unreadable(&*self.run.session.seams.observer, &landed.name, &error),
            }
        }
        Ok(chain.cut_short())
    }
}
