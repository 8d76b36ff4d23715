//! What earlier runs have landed of slices that are not through. The raw zone is the checkpoint: a commit only says
//! which runs' pages belong to slices in flight, and a run that was killed does not even say that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use convolake_extractor::{Slice, Unfinished, Window, is_gone_id, quota_period};
use convolake_loader::{LandedName, RawPage};
use convolake_model::{ParamSet, Pipeline, Stream};
use jiff::Timestamp;

use crate::numbers::count;
use crate::run::goal::Goal;
use crate::session::Session;
use crate::{EngineError, Event};

/// Landed pages that this run takes up again, by stream and slice.
#[derive(Debug, Default)]
pub(crate) struct Checkpoint {
    landed: Mutex<BTreeMap<(String, String), Vec<Landed>>>,
    begun: Vec<Begun>,
    others: Vec<LeftByOthers>,
    runs: BTreeSet<String>,
}

/// Pages of a slice that runs out for something else have landed, and that no commit knows of.
#[derive(Debug, Clone)]
pub(crate) struct LeftByOthers {
    pub(crate) goal: Goal,
    pub(crate) stream: String,
    pub(crate) params: ParamSet,
    pub(crate) seen_at: Timestamp,
    pub(crate) runs: BTreeSet<String>,
    pub(crate) slice: serde_json::Value,
}

/// A landed page.
#[derive(Debug, Clone)]
pub(crate) struct Landed {
    pub(crate) name: LandedName,
    /// True where its rows are in the tables.
    pub(crate) is_merged: bool,
}

/// A slice of which pages have landed.
#[derive(Debug)]
struct Begun {
    stream: String,
    params: ParamSet,
    slice: Slice,
    seen_at: Timestamp,
}

impl Checkpoint {
    /// Finds what earlier runs have left, by the names in the raw zone.
    pub(crate) async fn find(session: &Session) -> Result<Self, EngineError> {
        let merged = session.merged();
        let is_merged = |name: &LandedName| merged.is_some_and(|merged| name.run.as_str() <= merged);
        let unfinished = in_flight(session);
        let mut checkpoint = Self::default();
        let mut landed: BTreeMap<(String, String), Vec<Landed>> = BTreeMap::new();
        for name in session.raw.names(session.pipeline()).await? {
            let slice = (name.stream.clone(), name.slice_id.clone());
            let is_merged = is_merged(&name);
            if !is_merged || unfinished.get(&slice).is_some_and(|runs| runs.contains(&name.run)) {
                checkpoint.runs.insert(name.run.clone());
                landed.entry(slice).or_default().push(Landed { name, is_merged });
            }
        }
        for pages in landed.values().filter(|pages| pages.iter().any(|page| !page.is_merged)) {
            match session.raw.read(&pages[0].name).await {
                Ok(first) => {
                    let RawPage { stream, params, slice: json, fetched_at: seen_at, .. } = first.page;
                    let Some(slice) = Slice::from_json(&json) else { continue };
                    let goal = Goal::of(&json);
                    if goal == session.goal {
                        checkpoint.begun.push(Begun { stream, params, slice, seen_at });
                    } else if !slice.is_by_id() {
                        let runs = pages.iter().map(|page| page.name.run.clone()).collect();
                        let slice = slice.to_json();
                        checkpoint.others.push(LeftByOthers { goal, stream, params, seen_at, runs, slice });
                    }
                }
                Err(error) => session.warn_of_page(&pages[0].name, &error),
            }
        }
        checkpoint.landed = Mutex::new(landed);
        Ok(checkpoint)
    }

    /// The streams whose tables what is to be merged has to do with.
    pub(crate) fn streams(&self, pipeline: &Pipeline) -> BTreeSet<String> {
        let landed = self.landed.lock().unwrap_or_else(PoisonError::into_inner);
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
        let landed = self.landed.lock().unwrap_or_else(PoisonError::into_inner);
        let pages = landed.values().flatten();
        let is_uncounted = |page: &&Landed| {
            !page.is_merged
                && page.name.stream == stream.name
                && page.name.run.starts_with(&begins)
                && !is_gone_id(&page.name.slice_id)
        };
        count(pages.filter(is_uncounted).count())
    }

    /// The newest run that has landed anything here.
    pub(crate) fn newest_run(&self) -> Option<&str> {
        self.runs.last().map(String::as_str)
    }

    /// What runs out for something else have landed and not merged.
    pub(crate) fn others(&self) -> &[LeftByOthers] {
        &self.others
    }

    /// The runs whose pages are taken up.
    pub(crate) fn runs(&self) -> &BTreeSet<String> {
        &self.runs
    }

    /// The pages of a slice, in order; each is given out once.
    pub(crate) fn take(&self, stream: &str, slice_id: &str) -> Vec<Landed> {
        let mut landed = self.landed.lock().unwrap_or_else(PoisonError::into_inner);
        landed.remove(&(stream.to_owned(), slice_id.to_owned())).unwrap_or_default()
    }

    /// The pages that no slice of this run took up.
    pub(crate) fn take_rest(&self) -> Vec<Landed> {
        let mut landed = self.landed.lock().unwrap_or_else(PoisonError::into_inner);
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
        committed: Option<&crate::state::streams::Unfinished>,
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

    fn begun_of<'a>(&'a self, stream: &'a Stream, params: &'a ParamSet) -> impl Iterator<Item = &'a Begun> {
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
fn in_flight(session: &Session) -> BTreeMap<(String, String), &BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for state in session.state.streams.values() {
        for unfinished in state.in_flight() {
            for slice in unfinished.begun.iter().filter_map(Slice::from_json) {
                found.insert((state.stream.clone(), slice.id(&state.params)), &unfinished.runs);
            }
        }
    }
    found
}

impl Session {
    /// Tells of a landed page that no longer reads: what it held is asked for again.
    pub(crate) fn warn_of_page(&self, name: &LandedName, error: &convolake_loader::LoadError) {
        let why = crate::with_causes(error, ": ");
        let message = format!("{} is asked for again: {why}", name.object);
        self.seams.observer.on(&Event::Warning { message: &message });
    }
}
