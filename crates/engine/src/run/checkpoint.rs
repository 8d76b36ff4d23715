//! What earlier runs have landed of slices that are not through. The raw zone is the checkpoint: a commit only says
//! which runs' pages belong to slices in flight, and a run that was killed does not even say that.

use std::collections::{BTreeMap, BTreeSet};

use convolake_extractor::{Slice, Unfinished, Window, is_gone_id, quota_period};
use convolake_loader::{LandedName, LoadError, RawPage};
use convolake_model::{ParamSet, Pipeline, Stream};
use jiff::Timestamp;

use crate::lock::Lock;
use crate::numbers::count;
use crate::session::Session;
use crate::state::backfills::OrphanedSlice;
use crate::state::goal::Goal;
use crate::state::streams::{self, State};
use crate::upkeep::in_run::packable;
use crate::{EngineError, Event, Observer, with_causes};

/// Landed pages that this run resumes from or merges, by stream and slice.
#[derive(Debug, Default)]
pub(crate) struct Checkpoint {
    landed: Lock<BTreeMap<(String, String), Vec<PendingPage>>>,
    begun: Vec<BegunSlice>,
    orphans: Vec<OrphanedSlice>,
    runs: BTreeSet<String>,
    packable: usize,
}

/// A page that an earlier run has landed of a slice that is not through.
#[derive(Debug, Clone)]
pub(crate) struct PendingPage {
    pub(crate) name: LandedName,
    /// True where its rows are in the tables.
    pub(crate) is_merged: bool,
}

/// A slice of which pages have landed.
#[derive(Debug)]
struct BegunSlice {
    stream: String,
    params: ParamSet,
    slice: Slice,
    seen_at: Timestamp,
}

impl Checkpoint {
    /// Finds what earlier runs have left, by the names in the raw zone.
    pub(crate) async fn find(session: &Session, goal: Goal, state: &State) -> Result<Self, EngineError> {
        let merged = session.merged();
        let is_merged = |name: &LandedName| merged.is_some_and(|merged| name.run.as_str() <= merged);
        let unfinished = in_flight(state);
        let mut checkpoint = Self::default();
        let mut landed: BTreeMap<(String, String), Vec<PendingPage>> = BTreeMap::new();
        let names = session.raw.names(session.pipeline()).await?;
        checkpoint.packable = packable(session, &names);
        for name in names {
            let slice = (name.stream.clone(), name.slice_id.clone());
            let is_merged = is_merged(&name);
            if !is_merged || unfinished.get(&slice).is_some_and(|runs| runs.contains(&name.run)) {
                checkpoint.runs.insert(name.run.clone());
                landed.entry(slice).or_default().push(PendingPage { name, is_merged });
            }
        }
        for pages in landed.values().filter(|pages| pages.iter().any(|page| !page.is_merged)) {
            match session.raw.read(&pages[0].name).await {
                Ok(first) => {
                    let RawPage { stream, params, slice: json, fetched_at: seen_at, .. } = first.page;
                    let Some(slice) = Slice::from_json(&json) else { continue };
                    let of_page = Goal::of(&json);
                    if of_page == goal {
                        checkpoint.begun.push(BegunSlice { stream, params, slice, seen_at });
                    } else if !slice.is_by_id() {
                        let runs = pages.iter().map(|page| page.name.run.clone()).collect();
                        let slice = slice.to_json();
                        let goal = of_page;
                        checkpoint.orphans.push(OrphanedSlice { goal, stream, params, seen_at, runs, slice });
                    }
                }
                Err(error) => warn_unreadable(&*session.seams.observer, &pages[0].name, &error),
            }
        }
        checkpoint.landed = Lock::new(landed);
        Ok(checkpoint)
    }

    /// The streams whose tables what is to be merged has to do with.
    pub(crate) fn streams(&self, pipeline: &Pipeline) -> BTreeSet<String> {
        let landed = self.landed.hold();
        let unmerged = landed.iter().filter(|(_, pages)| pages.iter().any(|page| !page.is_merged));
        let streams = unmerged.flat_map(|((name, slice_id), _)| {
            // A record that is gone leaves the tables of the list as well.
            let changed = pipeline.streams.get(name).and_then(|stream| stream.changed.as_ref());
            let list = changed.filter(|_| is_gone_id(slice_id)).map(|changed| changed.list.clone());
            std::iter::once(name.clone()).chain(list)
        });
        streams.collect()
    }

    /// Requests of a killed run that its stream's quota was not charged for: those whose pages have landed.
    pub(crate) fn uncounted(&self, stream: &Stream, now: Timestamp) -> u64 {
        let Some(period) = quota_period(stream, now) else { return 0 };
        // Runs are named for when they began.
        let begins = period.replace('-', "");
        let landed = self.landed.hold();
        let pages = landed.values().flatten();
        let is_uncounted = |page: &&PendingPage| {
            !page.is_merged
                && page.name.stream == stream.name
                && page.name.run.starts_with(&begins)
                && !is_gone_id(&page.name.slice_id)
        };
        count(pages.filter(is_uncounted).count())
    }

    /// How many landed pages may be packed.
    pub(crate) const fn packable(&self) -> usize {
        self.packable
    }

    /// The newest run that has landed anything here.
    pub(crate) fn newest_run(&self) -> Option<&str> {
        self.runs.last().map(String::as_str)
    }

    /// Slices that runs of another goal have landed pages of and not merged.
    pub(crate) fn orphans(&self) -> &[OrphanedSlice] {
        &self.orphans
    }

    /// The runs whose pages are resumed from or merged.
    pub(crate) fn runs(&self) -> &BTreeSet<String> {
        &self.runs
    }

    /// The pages of a slice, in order; each is given out once.
    pub(crate) fn claim(&self, stream: &str, slice_id: &str) -> Vec<PendingPage> {
        let mut landed = self.landed.hold();
        landed.remove(&(stream.to_owned(), slice_id.to_owned())).unwrap_or_default()
    }

    /// The pages that no slice of this run has claimed.
    pub(crate) fn claim_rest(&self) -> Vec<PendingPage> {
        let mut landed = self.landed.hold();
        std::mem::take(&mut *landed).into_values().flatten().collect()
    }

    /// Slices of chosen ids that a killed run has landed.
    pub(crate) fn batches<'a>(
        &'a self,
        stream: &'a Stream,
        params: &'a ParamSet,
    ) -> impl Iterator<Item = &'a Slice> {
        self.begun_of(stream, params).map(|begun| &begun.slice).filter(|slice| matches!(slice, Slice::Ids(_)))
    }

    /// What is known of a stream that did not come through: by the newest commit, and by the pages landed since.
    pub(crate) fn unfinished(
        &self,
        stream: &Stream,
        params: &ParamSet,
        committed: Option<&streams::Unfinished>,
    ) -> Option<Unfinished> {
        let (mut seen_at, mut done, mut begun) = (None, Vec::new(), Vec::new());
        if let Some(committed) = committed {
            seen_at = Some(committed.seen_at);
            done.extend(committed.done.iter().map(|(from, until)| Window { from: *from, until: *until }));
            begun.extend(committed.begun.iter().filter_map(Slice::from_json).filter_map(window));
        }
        for landed in self.begun_of(stream, params).filter(|begun| !begun.slice.is_by_id()) {
            seen_at = Some(seen_at.map_or(landed.seen_at, |at: Timestamp| at.min(landed.seen_at)));
            begun.extend(window(landed.slice.clone()));
        }
        begun.sort_unstable();
        begun.dedup();
        Some(Unfinished { seen_at: seen_at?, done, begun })
    }

    fn begun_of<'a>(
        &'a self,
        stream: &'a Stream,
        params: &'a ParamSet,
    ) -> impl Iterator<Item = &'a BegunSlice> {
        self.begun.iter().filter(|begun| begun.stream == stream.name && begun.params == *params)
    }
}

fn window(slice: Slice) -> Option<Window> {
    match slice {
        Slice::Window { from, until } => Some(Window { from, until }),
        Slice::Whole | Slice::Ids(_) | Slice::Of { .. } => None,
    }
}

/// By the newest commit: the slices in flight, and the runs that landed pages of them.
fn in_flight(state: &State) -> BTreeMap<(String, String), &BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for state in state.streams.values() {
        for unfinished in state.in_flight() {
            for slice in unfinished.begun.iter().filter_map(Slice::from_json) {
                found.insert((state.stream.clone(), slice.id(&state.params)), &unfinished.runs);
            }
        }
    }
    found
}

/// Tells of a landed page that no longer reads: what it held is asked for again.
pub(crate) fn warn_unreadable(observer: &dyn Observer, name: &LandedName, error: &LoadError) {
    let why = with_causes(error, ": ");
    let message = format!("{} is asked for again: {why}", name.object);
    observer.on(&Event::Warning { message: &message });
}
