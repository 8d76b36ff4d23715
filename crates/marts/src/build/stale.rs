//! Which months' conversations are to be made anew.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::reach;
use super::source_tables::{SourceTables, TABLES};
use super::state::{BuildState, Month};
use crate::derive::{CONVERSATIONS, KEY};
use crate::failure::Failure;

/// How much is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What is stale.
    Stale,
    /// All of it.
    All,
}

/// What changed since the last build.
pub(super) struct Stale {
    /// The months whose conversations are made anew.
    pub(super) months: BTreeSet<Month>,
    /// The state that follows, but for the months.
    pub(super) next: BuildState,
}

/// Finds what is stale. `next` has the digest and the tables of this build; `stats` the rows of `conversation_stats` as they are built,
/// with their month; `as_of` is in microseconds.
pub(super) fn stale(
    tables: &mut SourceTables<'_>,
    before: &BuildState,
    mut next: BuildState,
    stats: impl FnOnce() -> Result<LazyFrame, Failure>,
    (as_of, extent): (i64, Extent),
) -> Result<Stale, Failure> {
    next.inputs = tables.inputs();
    let is_anew =
        extent == Extent::All || before.digest != next.digest || !next.marts.is_subset(&before.marts);
    let nothing = BuildState::default();
    let known = if is_anew { &nothing } else { before };
    let units = changed_units(tables, known, &next);
    next.reach = known.reach.clone();
    reach::find(tables, &units, &mut next.reach)?;
    let mut months = BTreeSet::new();
    for (table, changed) in &units {
        for reach in [&known.reach, &next.reach] {
            let of_table = reach.get(table);
            months.extend(changed.iter().filter_map(|month| of_table?.get(month)).flatten().cloned());
        }
    }
    let another = known.months.iter().filter(|(_, state)| state.is_another_at(as_of));
    months.extend(another.map(|(month, _)| month.clone()));
    let has_known = known.months.values().next().is_some();
    if has_known && units.contains_key(CONVERSATIONS.name) {
        for (old, new) in moved(tables, stats()?)? {
            // Rows of what moves are where they were, and belong to another month from here on.
            for of_table in next.reach.values_mut() {
                for opened in of_table.values_mut().filter(|opened| opened.contains(&old)) {
                    opened.insert(new.clone());
                }
            }
            months.extend([old, new]);
        }
    }
    if is_anew {
        // What is built, and of which nothing is left, goes.
        months.extend(before.months.keys().cloned());
    }
    Ok(Stale { months, next })
}

/// By table, the months of which a file came, changed or went.
fn changed_units(
    tables: &SourceTables<'_>,
    before: &BuildState,
    next: &BuildState,
) -> BTreeMap<String, BTreeSet<Month>> {
    let mut units: BTreeMap<String, BTreeSet<Month>> = BTreeMap::new();
    let is_same = |name: &String| before.inputs.get(name) == next.inputs.get(name);
    for table in TABLES {
        let changed = tables.files(table).iter().filter(|file| !is_same(&file.live.partition_name));
        let mut months: BTreeSet<Month> = changed.map(super::source_tables::month_of).collect();
        let gone = before.inputs.keys().filter(|name| !next.inputs.contains_key(*name));
        months
            .extend(gone.filter_map(|name| month_in_name(name.strip_prefix(table.name)?.strip_prefix('/')?)));
        if !months.is_empty() {
            units.insert(table.name.to_owned(), months);
        }
    }
    units
}

/// The month of a file, by its name below the table's folder.
fn month_in_name(name: &str) -> Option<Month> {
    let (_, value) = name.split('/').nth(1)?.split_once('=')?;
    Some(if value.starts_with("__") { Month::new() } else { value.get(..7)?.to_owned() })
}

/// The months of conversations that are built under one and belong to another, each pair once.
fn moved(tables: &mut SourceTables<'_>, stats: LazyFrame) -> Result<Vec<(Month, Month)>, Failure> {
    let key = || KEY.map(col);
    let dated = reach::dated(tables)?;
    let joined = stats
        .select([col(KEY[0]), col(KEY[1]), col("month")])
        .join(dated, key(), key(), JoinArgs::new(JoinType::Left))
        .filter(col("month").neq_missing(col("opened")))
        .select([col("month"), col("opened")])
        .unique(None, UniqueKeepStrategy::Any);
    reach::pairs_of(joined, "finding conversations that changed their month")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_of_a_file_stands_in_its_name() {
        for (name, expected) in [
            ("source=agentx/month=2025-04/part-0.parquet", Some("2025-04")),
            ("source=agentx/date=2025-04-15/part-3.parquet", Some("2025-04")),
            ("source=agentx/date=__HIVE_DEFAULT_PARTITION__/part-0.parquet", Some("")),
            ("source=agentx", None),
        ] {
            assert_eq!(month_in_name(name).as_deref(), expected, "{name}");
        }
    }
}
