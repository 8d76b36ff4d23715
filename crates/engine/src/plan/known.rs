//! What the lake knows of a pipeline, read for estimates.

use std::collections::BTreeMap;

use convolake_extractor::{Slice, Unfinished, Window};
use convolake_loader::{Days, Lake, LandedName, Location, RawPage, StoredReport};
use convolake_model::{ParamSet, Stream};
use serde_json::Value;

use crate::blocking::blocking;
use crate::plan::observed::{Observed, PageCounts};
use crate::reads::in_flight::InFlightSlice;
use crate::reads::stored_report::of_stream;
use crate::reads::stream_rows::StreamRows;
use crate::reads::{in_flight, run_reports};
use crate::state::streams::State;
use crate::{EngineError, Project};

/// Runs whose reports are read.
const MAX_REPORTS: usize = 20;

/// What a lake tells of a pipeline; all empty where there is none yet.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) state: State,
    /// The size of the largest file in each table.
    pub(crate) largest: BTreeMap<String, u64>,
    reports: Vec<StoredReport>,
    rows: Option<StreamRows>,
    in_flight: Vec<BegunSlice>,
}

/// A slice in flight, and the first of its pages where no commit knows of it.
struct BegunSlice {
    slice: InFlightSlice,
    first_page: Option<RawPage>,
}

impl Known {
    /// Reads what the lake at this place knows of the pipeline.
    pub(crate) async fn read(to: &str, project: Project) -> Result<Self, EngineError> {
        let to = to.to_owned();
        let open = move || Ok(Lake::open_existing(&Location::parse(&to)?)?);
        let Some(lake) = blocking(open).await? else { return Ok(Self::default()) };
        let raw = lake.raw();
        let names = raw.names(&project.pipeline.name).await?;
        let (mut known, slices) = blocking(move || Self::gather(&lake, &project, names)).await?;
        for slice in slices {
            let first_page = match &slice.unmerged {
                // A page that does not read is asked for again by the run.
                Some(name) => raw.read(name).await.ok().map(|landed| landed.page),
                None => None,
            };
            known.in_flight.push(BegunSlice { slice, first_page });
        }
        Ok(known)
    }

    fn gather(
        lake: &Lake,
        project: &Project,
        names: Vec<LandedName>,
    ) -> Result<(Self, Vec<InFlightSlice>), EngineError> {
        let pipeline = &project.pipeline.name;
        let state_names = lake.state_names(pipeline)?;
        if !state_names.has_committed() && names.is_empty() {
            return Ok((Self::default(), Vec::new()));
        }
        let head = lake.listed_head(&state_names)?;
        let state = head.as_ref().map(State::read).transpose()?.unwrap_or_default();
        let slices = in_flight::in_flight(names, &state, head.as_ref().map(|commit| commit.run.as_str()));
        let runs = lake.reported_runs(&state_names, MAX_REPORTS)?;
        let (reports, faults) = run_reports::newest(lake, pipeline, &runs, MAX_REPORTS);
        if let Some(fault) = faults.into_iter().next() {
            return Err(fault.into());
        }
        let largest = lake.largest_files(pipeline, head.as_ref())?;
        let mut counter = lake.row_counter(pipeline, head);
        let known = Self {
            state,
            reports,
            largest,
            rows: Some(StreamRows::count(&mut counter, project, Days::Counted)?),
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
        let pages = self.in_flight.iter().filter_map(|begun| begun.first_page.as_ref());
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
        let slices = self.in_flight.iter().map(|begun| &begun.slice);
        slices.filter(|slice| is_it(slice)).map(|slice| slice.pages).sum()
    }

    /// What is known of the pages and records of a stream.
    pub(crate) fn of(&self, stream: &Stream, params: &ParamSet) -> Observed {
        let reports =
            self.reports.iter().filter_map(|stored| of_stream(&stored.report, &stream.name, params));
        let counts: Vec<PageCounts> = reports.map(PageCounts::of).filter(PageCounts::is_of_source).collect();
        let first_size = stream.pages.size.as_ref().and_then(|size| size.sizes.first());
        let rows = self.rows.as_ref().and_then(|rows| rows.records(&stream.name, params));
        let days = rows.map(|count| count.days).filter(|days| !days.is_empty());
        Observed::of(&counts, first_size.map(|size| f64::from(*size)), days)
    }
}

fn window(slice: &Value) -> Option<Window> {
    match Slice::from_json(slice)? {
        Slice::Window { from, until } => Some(Window { from, until }),
        Slice::Whole | Slice::Ids(_) | Slice::Of { .. } => None,
    }
}
