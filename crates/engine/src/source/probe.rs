//! One page of a stream, asked for and not kept.

use convolake_extractor::{BatchLimits, Clock, ExtractError, Extractor, OddEnd, Page, Slice, batches_within};
use convolake_model::{ParamSet, Stream};
use jiff::{SignedDuration, Timestamp};

use crate::Outcome;
use crate::error::outcome_of;

/// What came of a probe.
pub(crate) struct Probe {
    /// What was asked for.
    pub(crate) slice: Slice,
    /// The page; one without records where the source had none.
    pub(crate) page: Result<Page, ExtractError>,
    /// True where the page was all there was.
    pub(crate) is_all: bool,
    /// Why no further page would come, though it was not all.
    pub(crate) fault: Option<ExtractError>,
    /// Set where it was all in a way that is worth a look.
    pub(crate) odd_end: Option<OddEnd>,
    /// How long the answer took, waiting for the stream's turn included.
    pub(crate) seconds: f64,
}

impl Probe {
    pub(crate) fn outcome(&self) -> Outcome {
        self.page
            .as_ref()
            .err()
            .or(self.fault.as_ref())
            .map_or(Outcome::Done, |error| outcome_of(error).max(Outcome::Failed))
    }
}

/// What is worth a look: the newest window where the stream knows windows, else its first page.
pub(crate) fn recent_slice(stream: &Stream, begin: Timestamp, now: Timestamp) -> Slice {
    match &stream.windows {
        Some(windows) => {
            let window = SignedDuration::from_secs(windows.window.as_seconds());
            let from = now.checked_sub(window).unwrap_or(begin);
            Slice::Window { from, until: now }
        }
        None => Slice::Whole,
    }
}

/// True for a stream that a run asks for nothing but what its list shows: it need not answer for anything else.
pub(crate) fn is_by_ids_alone(stream: &Stream) -> bool {
    stream.changed.is_some() && stream.full_walk.is_none()
}

/// The first ids of a list's page, as many as a run asks for in one request; `None` where there are none.
pub(crate) fn first_ids(stream: &Stream, list: &Page) -> Option<Slice> {
    let changed = stream.changed.as_ref()?;
    let ids = list.records.iter().filter_map(|record| record.id.clone());
    let ids: Vec<String> = ids.take(usize::try_from(changed.batch).unwrap_or(usize::MAX)).collect();
    let limits = BatchLimits::of_stream(stream, changed.batch, &changed.param);
    batches_within(&ids, &limits).slices.into_iter().next()
}

/// Asks for the first page of a slice.
pub(crate) async fn probe(
    extractor: &Extractor,
    clock: &dyn Clock,
    stream: &Stream,
    params: &ParamSet,
    slice: Slice,
) -> Probe {
    let began = clock.elapsed();
    let (mut is_all, mut page) = (false, Err(None));
    let (mut fault, mut odd_end) = (None, None);
    match extractor.pages(stream, params, &slice) {
        Err(error) => page = Err(Some(error)),
        Ok(mut chain) => {
            match chain.next().await {
                Ok(Some(first)) => page = Ok(first),
                Ok(None) => {}
                Err(error) => page = Err(Some(error)),
            }
            is_all = chain.is_at_end();
            (fault, odd_end) = (chain.fault(), chain.odd_end());
        }
    }
    let page = page.map_err(|error| {
        error.unwrap_or_else(|| ExtractError::Request {
            stream: stream.name.clone(),
            reason: "a chain of pages begins with none".to_owned(),
        })
    });
    let seconds = clock.elapsed().saturating_sub(began).as_secs_f64();
    Probe { slice, page, is_all, fault, odd_end, seconds }
}
