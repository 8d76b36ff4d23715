//! Counts that are kept from run to run: a run counts what it has touched, before its rows are merged and after, and what is
//! kept follows by the difference.

use std::hash::{DefaultHasher, Hash, Hasher};

use convolake_loader::{Commit, Lake, Load, LoadError};
use convolake_model::{ParamSet, Stream, StreamSchema, Table};

use crate::Project;
use crate::completeness::compare::{Comparison, Counted, Remembering, Touched, compare};
use crate::memory::MemoryBudget;
use crate::numbers::count;
use crate::project::declared_counts::declaring_table;
use crate::state::completeness::{Completeness, KeptCompleteness};
use crate::state::shortfalls::{FoundShortfall, REMEMBERED_MAX, Shortfalls};
use crate::state::streams::State;

/// What is known of a stream's counts before the rows of a run are merged.
#[derive(Debug)]
pub(crate) struct KnownCounts {
    kept: Completeness,
    /// `None` where the run touches no row that these counts are of.
    touched: Option<(Touched, Comparison)>,
}

impl KnownCounts {
    /// Counts what a load is about to touch; `None` where nothing is kept that holds, or nobody knows what is touched.
    pub(crate) fn before_merge(
        lake: &Lake,
        project: &Project,
        (stream, params): (&Stream, &ParamSet),
        state: &State,
        head: &Commit,
        load: &Load,
        memory: MemoryBudget,
    ) -> Option<Self> {
        let kept = state.counted(&stream.name, params)?;
        if kept.of != holds_for(project, stream, head)? {
            return None;
        }
        let counts = kept.counts.clone();
        let (declaring, rows) = tables(project, stream)?;
        let groups = load.touched(&[&declaring.name, &rows.name], &declaring.group)?;
        if groups.is_empty() {
            return Some(Self { kept: counts, touched: None });
        }
        let is_part_of_key = declaring.group.iter().all(|column| declaring.key.contains(column));
        if declaring.group.is_empty() || !is_part_of_key || rows.group != declaring.group {
            return None;
        }
        let touched = Touched { columns: declaring.group.clone(), groups };
        let counted = Counted::Touched(&touched);
        let before = compare(lake, project, stream, params, None, memory.counted_rows(), counted);
        let before = before.ok().flatten()?;
        Some(Self { kept: counts, touched: Some((touched, before)) })
    }

    /// The counts after the merge; `None` where all has to be counted, as some are short or over whose ids nobody knows.
    pub(crate) fn after_merge(
        &self,
        lake: &Lake,
        project: &Project,
        (stream, params): (&Stream, &ParamSet),
        remembering: Option<Remembering<'_>>,
        memory: MemoryBudget,
    ) -> Result<Option<Comparison>, LoadError> {
        let nothing = Comparison::default();
        let (before, after) = match &self.touched {
            None => (&nothing, Comparison::default()),
            Some((touched, before)) => {
                let (rows, counted) = (memory.counted_rows(), Counted::Touched(touched));
                let after = compare(lake, project, stream, params, remembering, rows, counted)?;
                (before, after.unwrap_or_default())
            }
        };
        let is_counted = |id: &str| before.ids.contains(id) || after.ids.contains(id);
        let completeness = self.kept.clone().recounted(&before.completeness, &after.completeness, is_counted);
        let known = remembering.and_then(|remembering| remembering.known);
        let still_short = known.into_iter().flat_map(still_short).filter(|found| !is_counted(&found.id));
        let mut shortfalls: Vec<FoundShortfall> = still_short.chain(after.shortfalls).collect();
        shortfalls.sort_by(|a, b| a.id.cmp(&b.id));
        let wanted = remembering.map_or(0, |_| completeness.short.min(count(REMEMBERED_MAX)));
        let are_all_known = count(shortfalls.len()) >= wanted && completeness.has_all_examples();
        Ok(are_all_known.then_some(Comparison { completeness, shortfalls, ..Comparison::default() }))
    }
}

/// What was counted, as it is kept; `None` where the commit does not tell the files it was counted of.
pub(crate) fn kept(
    project: &Project,
    stream: &Stream,
    commit: &Commit,
    counts: Completeness,
) -> Option<KeptCompleteness> {
    Some(KeptCompleteness { of: holds_for(project, stream, commit)?, counts })
}

/// Tells what is counted of a stream, and of which files: the manifests of the tables name these by their content.
pub(crate) fn holds_for(project: &Project, stream: &Stream, commit: &Commit) -> Option<String> {
    let declares = stream.declares.as_ref()?;
    let (declaring, rows) = tables(project, stream)?;
    let mut hasher = DefaultHasher::new();
    (&declares.column, &declares.rows).hash(&mut hasher);
    declares.filter.iter().for_each(|condition| condition.hash(&mut hasher));
    declaring.key.hash(&mut hasher);
    for table in [declaring, rows].into_iter().filter(|_| commit.names_files()) {
        let manifests = commit.tables.get(&table.name).map(|table| &table.manifests);
        (&table.name, manifests.map_or(0, Vec::len)).hash(&mut hasher);
        manifests.into_iter().flatten().for_each(|manifest| manifest.name.hash(&mut hasher));
    }
    commit.names_files().then(|| format!("{:016x}", hasher.finish()))
}

/// The table that declares the counts, and the one whose rows are counted.
fn tables<'a>(project: &'a Project, stream: &Stream) -> Option<(&'a Table, &'a Table)> {
    let declares = stream.declares.as_ref()?;
    let schema: &StreamSchema = project.schemas.get(&stream.name)?;
    let declaring = project.tables.get(declaring_table(schema, declares)?)?;
    Some((declaring, project.tables.get(&declares.rows)?))
}

fn still_short(shortfalls: &Shortfalls) -> impl Iterator<Item = FoundShortfall> {
    shortfalls.iter().map(|(id, shortfall)| FoundShortfall {
        id: id.clone(),
        declared: shortfall.declared,
        since: shortfall.since,
    })
}
