//! What the source declares against what the lake holds, whoever pulled it and when.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use convolake_loader::{Lake, LoadError, Scan, TouchedGroups};
use convolake_model::{ColumnSource, Declares, ParamSet, Stream, Table};
use jiff::Timestamp;

use crate::Project;
use crate::completeness::key_rows::{KeyRows, hash};
use crate::numbers::count as number;
use crate::project::declared_counts::declaring_table;
use crate::state::completeness::{Completeness, EXAMPLES_MAX, Miscount};
use crate::state::shortfalls::{FoundShortfall, REMEMBERED_MAX, Shortfalls};

/// What comparing declared counts with rows gave.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    pub(crate) completeness: Completeness,
    /// What is short, as far as it is remembered for the next run, by id.
    pub(crate) shortfalls: Vec<FoundShortfall>,
    /// The ids of the rows that were counted, where not all were.
    pub(crate) ids: HashSet<String>,
}

/// Which shortfalls are gathered to be refetched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Remembering<'a> {
    /// Those that are remembered already: they are gathered whatever there is beside them.
    pub(crate) known: Option<&'a Shortfalls>,
    /// The column with the time at which a record began.
    pub(crate) since: Option<&'a str>,
}

/// Which rows are counted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counted<'a> {
    /// All of the params.
    All,
    /// Of the params, those of the groups that a load has touched.
    Touched(&'a Touched),
}

/// The groups that a load has touched.
#[derive(Debug)]
pub(crate) struct Touched {
    /// The columns of a group: the same in both tables, and a part of the key that declares.
    pub(crate) columns: Vec<String>,
    pub(crate) groups: TouchedGroups,
}

/// Compares, for all rows of these params or some of them, the counts a stream's records declare; `None` where they declare none. So
/// many rows are held at once; the others are counted in further passes over the tables.
pub(crate) fn compare(
    lake: &Lake,
    project: &Project,
    stream: &Stream,
    params: &ParamSet,
    remembering: Option<Remembering<'_>>,
    rows_a_pass: u64,
    counted: Counted<'_>,
) -> Result<Option<Comparison>, LoadError> {
    let Some(mut count) = Count::of(lake, project, stream, params, counted) else {
        return Ok(None);
    };
    if let Some(Remembering { known, since }) = remembering {
        count.since = since;
        count.known = known.into_iter().flat_map(Shortfalls::keys).map(|id| hash([id.as_str()])).collect();
        count.new_max = REMEMBERED_MAX;
    }
    let rows = match counted {
        Counted::All => {
            let total = lake.totals(&project.pipeline.name)?.remove(&count.table.name);
            total.map_or(0, |total| total.rows)
        }
        Counted::Touched(touched) => number(touched.groups.len()),
    };
    let n_passes = rows.div_ceil(rows_a_pass.max(1)).max(1);
    let mut comparison = Comparison::default();
    for pass in 0..n_passes {
        count.pass(pass, n_passes, &mut comparison)?;
    }
    Ok(Some(comparison))
}

struct Count<'a> {
    lake: &'a Lake,
    pipeline: &'a str,
    counted: Counted<'a>,
    declares: &'a Declares,
    table: &'a Table,
    /// Key columns whose value is a param's, and that value.
    fixed: Vec<(&'a str, &'a str)>,
    /// The other key columns.
    key: Vec<&'a str>,
    /// The column with the time at which a record began, where that is wanted.
    since: Option<&'a str>,
    /// Hashes of ids that are gathered where they are short, and how many others are.
    known: HashSet<u64>,
    new_max: usize,
}

/// A row that declares a count.
struct Declared<'a> {
    hash: u64,
    declared: i64,
    since: Option<Timestamp>,
    id: &'a dyn Fn() -> String,
}

/// Declared and counted rows, by the hash of a key.
type Counts = HashMap<u64, (i64, i64)>;

/// Hashes of the keys whose ids are wanted.
#[derive(Default)]
struct Named {
    /// Short or over, with the rows that were counted.
    examples: HashMap<u64, i64>,
    /// Short, and to be remembered.
    shortfalls: HashSet<u64>,
}

impl<'a> Count<'a> {
    fn of(
        lake: &'a Lake,
        project: &'a Project,
        stream: &'a Stream,
        params: &'a ParamSet,
        counted: Counted<'a>,
    ) -> Option<Self> {
        let declares = stream.declares.as_ref()?;
        let schema = project.schemas.get(&stream.name)?;
        let table = project.tables.get(declaring_table(schema, declares)?)?;
        let mapping = schema.mappings.iter().find(|mapping| mapping.table == table.name)?;
        let of_param = |name: &'a String| match &mapping.columns.get(name)?.source {
            ColumnSource::Param(param) => Some((name.as_str(), params.get(param)?.as_str())),
            _ => None,
        };
        let fixed: Vec<_> = table.key.iter().filter_map(of_param).collect();
        let is_fixed = |name: &&str| fixed.iter().any(|(fixed, _)| fixed == name);
        let key = table.key.iter().map(String::as_str).filter(|name| !is_fixed(name)).collect();
        let (since, known, new_max) = (None, HashSet::new(), 0);
        let pipeline = &project.pipeline.name;
        Some(Self { lake, pipeline, counted, declares, table, fixed, key, since, known, new_max })
    }

    fn pass(&self, pass: u64, n_passes: u64, comparison: &mut Comparison) -> Result<(), LoadError> {
        let is_of_pass = |hash: u64| hash % n_passes == pass;
        let mut counts = Counts::new();
        let ids = &mut comparison.ids;
        self.each_declared(|row| {
            if is_of_pass(row.hash) {
                counts.insert(row.hash, (row.declared, 0));
                if let Counted::Touched(_) = self.counted {
                    ids.insert((row.id)());
                }
            }
        })?;
        let filter: Vec<(&str, &str)> =
            self.declares.filter.iter().map(|(column, text)| (column.as_str(), text.as_str())).collect();
        let columns: Vec<&str> =
            self.fixed.iter().chain(&filter).map(|(column, _)| *column).chain(self.key.clone()).collect();
        for batch in self.scan(&self.declares.rows).columns(columns).batches()? {
            let batch = batch?;
            let rows = KeyRows::of(&batch, self.fixed.iter().chain(&filter), &self.key);
            for (_, hash) in rows.iter().flat_map(KeyRows::hashes) {
                if let Some((_, counted)) = counts.get_mut(&hash) {
                    *counted += 1;
                }
            }
        }
        let counts = counts.into_iter().collect();
        let named = self.judge(counts, comparison);
        self.name(&named, comparison)
    }

    /// Counts what is complete, short and over, and chooses which of them are named.
    fn judge(&self, mut counts: Vec<(u64, (i64, i64))>, comparison: &mut Comparison) -> Named {
        let Comparison { completeness, shortfalls, .. } = comparison;
        let (mut n_short, mut n_over) = (completeness.short_examples.len(), completeness.over_examples.len());
        let mut n_gathered = shortfalls.len();
        let mut named = Named::default();
        // In an order that the next run meets as well.
        counts.sort_unstable();
        for (hash, (declared, counted)) in counts {
            let (all, examples) = match counted.cmp(&declared) {
                Ordering::Equal => {
                    completeness.complete += 1;
                    continue;
                }
                Ordering::Less => (&mut completeness.short, &mut n_short),
                Ordering::Greater => (&mut completeness.over, &mut n_over),
            };
            *all += 1;
            if *examples < EXAMPLES_MAX {
                *examples += 1;
                named.examples.insert(hash, counted);
            }
            if counted < declared && (n_gathered < self.new_max || self.known.contains(&hash)) {
                n_gathered += usize::from(!self.known.contains(&hash));
                named.shortfalls.insert(hash);
            }
        }
        named
    }

    /// Finds the ids of what was chosen.
    fn name(&self, named: &Named, comparison: &mut Comparison) -> Result<(), LoadError> {
        if named.examples.is_empty() && named.shortfalls.is_empty() {
            return Ok(());
        }
        let Comparison { completeness, shortfalls, .. } = comparison;
        self.each_declared(|row| {
            let (declared, since) = (row.declared, row.since);
            if let Some(rows) = named.examples.get(&row.hash).copied() {
                let miscount = Miscount { id: (row.id)(), declared: Some(declared), rows };
                match rows < declared {
                    true => completeness.short_examples.push(miscount),
                    false => completeness.over_examples.push(miscount),
                }
            }
            if named.shortfalls.contains(&row.hash) {
                shortfalls.push(FoundShortfall { id: (row.id)(), declared, since });
            }
        })?;
        completeness.short_examples.sort_by(|a, b| a.id.cmp(&b.id));
        completeness.over_examples.sort_by(|a, b| a.id.cmp(&b.id));
        shortfalls.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(())
    }

    fn scan(&self, table: &str) -> Scan {
        let scan = self.lake.scan(table, self.pipeline);
        match self.counted {
            Counted::All => scan,
            Counted::Touched(touched) => scan.where_touched(touched.columns.iter(), &touched.groups),
        }
    }

    /// Each row that declares a count.
    fn each_declared(&self, mut each: impl FnMut(&Declared<'_>)) -> Result<(), LoadError> {
        let columns: Vec<&str> =
            self.fixed.iter().map(|(column, _)| *column).chain(self.key.clone()).collect();
        let columns = columns.into_iter().chain([self.declares.column.as_str()]).chain(self.since);
        for batch in self.scan(&self.table.name).columns(columns).batches()? {
            let batch = batch?;
            let declared = batch.column_by_name(&self.declares.column);
            let Some(declared) = declared.and_then(|array| array.as_primitive_opt::<Int64Type>()) else {
                continue;
            };
            if let Some(rows) = KeyRows::of(&batch, self.fixed.iter(), &self.key) {
                let since = self.since.and_then(|since| {
                    batch.column_by_name(since)?.as_primitive_opt::<TimestampMicrosecondType>()
                });
                for (row, hash) in rows.hashes().filter(|(row, _)| declared.is_valid(*row)) {
                    let since = since.filter(|since| since.is_valid(row)).map(|since| since.value(row));
                    let since = since.and_then(|since| Timestamp::from_microsecond(since).ok());
                    each(&Declared { hash, declared: declared.value(row), since, id: &|| rows.id(row) });
                }
            }
        }
        Ok(())
    }
}
