//! What the lake knows of a stream, for estimates.

use std::collections::BTreeMap;

use convolake_extractor::Slice;
use convolake_extractor::Unfinished;
use convolake_extractor::Window;
use convolake_loader::Lake;
use convolake_loader::LandedName;
use convolake_loader::LoadError;
use convolake_loader::RawPage;
use convolake_loader::StoredReport;
use convolake_model::ParamSet;
use convolake_model::Stream;
use serde_json::Value;

use crate::blocking::blocking;
use crate::reads::in_flight;
use crate::reads::in_flight::InFlightSlice;
use crate::reads::stored_report::{number, of_stream};
use crate::reads::stream_rows::StreamRows;
use crate::state::streams::State;
use crate::{EngineError, Project};

/// Runs whose reports are looked at.
const REPORTS: usize = 20;
/// From so many pages on, a run tells how many records a page holds; on fewer the last, short one weighs too much.
const TELLING_PAGES: u64 = 5;

/// What a lake tells of a pipeline; all empty where there is none yet.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) state: State,
    reports: Vec<StoredReport>,
    rows: Option<StreamRows>,
    in_flight: Vec<Flying>,
}

/// A slice in flight, and the first of its pages where no commit knows of it.
struct Flying {
    slice: InFlightSlice,
    first: Option<RawPage>,
}

/// What is known of one stream with one set of params.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct StreamKnown {
    /// Records on a page.
    pub(crate) page_records: Option<f64>,
    /// Bytes a record takes on a page.
    pub(crate) record_bytes: Option<f64>,
    /// Records by the day they are filed under, in days since 1970-01-01 UTC.
    pub(crate) days: Option<BTreeMap<i32, u64>>,
}

impl Known {
    pub(crate) async fn read(lake: Lake, project: Project) -> Result<Self, EngineError> {
        let raw = lake.raw();
        let names = raw.names(&project.pipeline.name).await?;
        let (mut known, slices) = blocking(move || Self::gather(&lake, &project, names)).await?;
        for slice in slices {
            let first = match &slice.unmerged {
                // A page that does not read is asked for again by the run.
                Some(name) => raw.read(name).await.ok().map(|landed| landed.page),
                None => None,
            };
            known.in_flight.push(Flying { slice, first });
        }
        Ok(known)
    }

    fn gather(
        lake: &Lake,
        project: &Project,
        names: Vec<LandedName>,
    ) -> Result<(Self, Vec<InFlightSlice>), EngineError> {
        let pipeline = &project.pipeline.name;
        let head = lake.head(pipeline)?;
        let state = head.as_ref().map(State::read).transpose()?.unwrap_or_default();
        let slices = in_flight::in_flight(names, &state, head.as_ref().map(|commit| commit.run.as_str()));
        let runs = lake.reported_runs(pipeline)?;
        let reports = runs.iter().take(REPORTS).map(|run| lake.stored_report(pipeline, run));
        let reports: Vec<Option<StoredReport>> = reports.collect::<Result<_, LoadError>>()?;
        let known = Self {
            state,
            reports: reports.into_iter().flatten().collect(),
            rows: Some(StreamRows::count(lake, project)?),
            in_flight: Vec::new(),
        };
        Ok((known, slices))
    }

    /// What earlier runs have begun of a stream, as a run would find it.
    pub(crate) fn unfinished(&self, stream: &Stream, params: &ParamSet) -> Option<Unfinished> {
        let committed = self.state.get(&stream.name, params).and_then(|state| state.unfinished.as_ref());
        let mut seen_at = committed.map(|committed| committed.seen_at);
        let done = committed.into_iter().flat_map(|committed| &committed.done);
        let done = done.map(|(from, until)| Window { from: *from, until: *until }).collect();
        let begun = committed.into_iter().flat_map(|committed| &committed.begun);
        let mut begun: Vec<Window> = begun.filter_map(window).collect();
        let pages = self.in_flight.iter().filter_map(|flying| flying.first.as_ref());
        for page in pages.filter(|page| page.gone.is_empty()) {
            if page.stream == stream.name && page.params == *params {
                seen_at = Some(seen_at.map_or(page.fetched_at, |at| at.min(page.fetched_at)));
                begun.extend(window(&page.slice));
            }
        }
        begun.sort_unstable();
        begun.dedup();
        Some(Unfinished { seen_at: seen_at?, done, begun })
    }

    /// The pages of a slice that have landed and are not asked for again.
    pub(crate) fn landed_pages(&self, stream: &Stream, params: &ParamSet, slice: &Slice) -> u64 {
        let slice_id = slice.id(params);
        let is_it = |slice: &InFlightSlice| slice.stream == stream.name && slice.slice_id == slice_id;
        let flying = self.in_flight.iter().map(|flying| &flying.slice);
        flying.filter(|slice| is_it(slice)).map(|slice| slice.pages).sum()
    }

    pub(crate) fn of(&self, stream: &Stream, params: &ParamSet) -> StreamKnown {
        let seen: Vec<&Value> = self
            .reports
            .iter()
            .filter_map(|stored| of_stream(&stored.report, &stream.name, params))
            // Page files that were flattened say nothing of the source's pages.
            .filter(|seen| number(seen, "requests") > 0 && number(seen, "pages") > 0)
            .collect();
        let sum = |name: &str| seen.iter().map(|seen| number(seen, name)).sum::<u64>();
        let most_pages = seen.iter().max_by_key(|seen| number(seen, "pages"));
        let observed = most_pages.map(|seen| (number(seen, "pages"), number(seen, "records")));
        let declared =
            stream.pages.size.as_ref().and_then(|size| size.sizes.first()).map(|size| f64::from(*size));
        let page_records = match (observed, declared) {
            (Some((pages, records)), _) if pages >= TELLING_PAGES => Some(ratio(records, pages)),
            (_, Some(declared)) => Some(declared),
            (Some((pages, records)), None) => Some(ratio(records, pages)),
            (None, None) => None,
        };
        let (bytes, records) = (sum("bytes"), sum("records"));
        StreamKnown {
            page_records: page_records.filter(|records| *records > 0.0),
            record_bytes: (records > 0).then(|| ratio(bytes, records)),
            days: self
                .rows
                .as_ref()
                .and_then(|rows| rows.records(&stream.name, params))
                .map(|count| count.days)
                .filter(|days| !days.is_empty()),
        }
    }
}

fn window(slice: &Value) -> Option<Window> {
    match Slice::from_json(slice)? {
        Slice::Window { from, until } => Some(Window { from, until }),
        Slice::Whole | Slice::Ids(_) | Slice::Of { .. } => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(crate) fn ratio(of: u64, by: u64) -> f64 {
    of as f64 / by as f64
}
