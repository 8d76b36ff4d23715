//! What the source declares against what the lake holds, whoever pulled it and when.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch, StringArray};
use convolake_loader::{Lake, LoadError};
use convolake_model::{ColumnSource, Declares, ParamSet, Stream, Table};
use jiff::Timestamp;

use crate::Project;
use crate::completeness::shorts::{FoundShort, REMEMBERED_MAX, Shorts};
use crate::numbers::count;
use crate::project::declared_counts::declaring_table;
use crate::report::run_report::{Completeness, Miscount};

/// Rows that are compared at a time: what is not held in memory is counted in another pass over the tables.
const ROWS_A_PASS: u64 = 500_000;
/// Examples of each kind that are told.
const EXAMPLES: usize = 10;

/// What of the short ones is gathered to be asked for again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Remembering<'a> {
    /// Those that are remembered already: they are gathered whatever there is beside them.
    pub(crate) known: Option<&'a Shorts>,
    /// The column with the time at which a record began.
    pub(crate) since: Option<&'a str>,
}

/// Compares, for all rows of these params, the counts a stream's records declare; `None` where they declare none.
pub(crate) fn compare(
    lake: &Lake,
    project: &Project,
    stream: &Stream,
    params: &ParamSet,
    remembering: Option<Remembering<'_>>,
) -> Result<Option<Completeness>, LoadError> {
    let Some(mut count) = Count::of(lake, project, stream, params) else {
        return Ok(None);
    };
    if let Some(Remembering { known, since }) = remembering {
        count.since = since;
        count.known = known.into_iter().flat_map(Shorts::keys).map(|id| hash([id.as_str()])).collect();
        count.new_max = REMEMBERED_MAX;
    }
    let rows = lake.totals(&project.pipeline.name)?.remove(&count.table.name).map_or(0, |total| total.rows);
    let n_passes = rows.div_ceil(ROWS_A_PASS).max(1);
    let mut completeness = Completeness::default();
    for pass in 0..n_passes {
        count.pass(pass, n_passes, &mut completeness)?;
    }
    Ok(Some(completeness))
}

impl Completeness {
    /// Adds ids that the source did not answer for.
    pub(crate) fn miss(&mut self, unanswered: &[String]) {
        self.short += count(unanswered.len());
        let left = EXAMPLES.saturating_sub(self.short_examples.len());
        let missed = unanswered.iter().take(left).cloned();
        self.short_examples.extend(missed.map(|id| Miscount { id, declared: None, rows: 0 }));
    }
}

struct Count<'a> {
    lake: &'a Lake,
    pipeline: &'a str,
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

/// Declared, and counted.
type Counts = HashMap<u64, (i64, i64)>;

impl<'a> Count<'a> {
    fn of(lake: &'a Lake, project: &'a Project, stream: &'a Stream, params: &'a ParamSet) -> Option<Self> {
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
        Some(Self { lake, pipeline, declares, table, fixed, key, since, known, new_max })
    }

    fn pass(&self, pass: u64, n_passes: u64, completeness: &mut Completeness) -> Result<(), LoadError> {
        let is_of_pass = |hash: u64| hash % n_passes == pass;
        let mut counts = Counts::new();
        self.each_declared(|row| {
            if is_of_pass(row.hash) {
                counts.insert(row.hash, (row.declared, 0));
            }
        })?;
        let filter: Vec<(&str, &str)> =
            self.declares.filter.iter().map(|(column, text)| (column.as_str(), text.as_str())).collect();
        let columns: Vec<&str> =
            self.fixed.iter().chain(&filter).map(|(column, _)| *column).chain(self.key.clone()).collect();
        for batch in self.lake.lookup(&self.declares.rows, self.pipeline, &columns, &[])? {
            let batch = batch?;
            let rows = Rows::of(&batch, self.fixed.iter().chain(&filter), &self.key);
            for (_, hash) in rows.iter().flat_map(Rows::hashes) {
                if let Some((_, counted)) = counts.get_mut(&hash) {
                    *counted += 1;
                }
            }
        }
        let mut examples = HashMap::new();
        let mut gathered = HashSet::new();
        let (mut n_short, mut n_over) = (completeness.short_examples.len(), completeness.over_examples.len());
        let mut n_new = completeness.found.len();
        // In an order that the next run meets as well.
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_unstable();
        for (hash, (declared, counted)) in counts {
            let (all, told) = match counted.cmp(&declared) {
                std::cmp::Ordering::Equal => {
                    completeness.complete += 1;
                    continue;
                }
                std::cmp::Ordering::Less => (&mut completeness.short, &mut n_short),
                std::cmp::Ordering::Greater => (&mut completeness.over, &mut n_over),
            };
            *all += 1;
            if *told < EXAMPLES {
                *told += 1;
                examples.insert(hash, counted);
            }
            if counted < declared && (n_new < self.new_max || self.known.contains(&hash)) {
                n_new += usize::from(!self.known.contains(&hash));
                gathered.insert(hash);
            }
        }
        self.tell(&examples, &gathered, completeness)
    }

    /// Finds the ids of what is short or over.
    fn tell(
        &self,
        examples: &HashMap<u64, i64>,
        gathered: &HashSet<u64>,
        completeness: &mut Completeness,
    ) -> Result<(), LoadError> {
        if examples.is_empty() && gathered.is_empty() {
            return Ok(());
        }
        self.each_declared(|row| {
            let (declared, since) = (row.declared, row.since);
            if let Some(rows) = examples.get(&row.hash).copied() {
                let miscount = Miscount { id: (row.id)(), declared: Some(declared), rows };
                match rows < declared {
                    true => completeness.short_examples.push(miscount),
                    false => completeness.over_examples.push(miscount),
                }
            }
            if gathered.contains(&row.hash) {
                completeness.found.push(FoundShort { id: (row.id)(), declared, since });
            }
        })?;
        completeness.short_examples.sort_by(|a, b| a.id.cmp(&b.id));
        completeness.over_examples.sort_by(|a, b| a.id.cmp(&b.id));
        completeness.found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(())
    }

    /// Each row that declares a count.
    fn each_declared(&self, mut take: impl FnMut(&Declared<'_>)) -> Result<(), LoadError> {
        let columns: Vec<&str> =
            self.fixed.iter().map(|(column, _)| *column).chain(self.key.clone()).collect();
        let values: Vec<&str> = std::iter::once(self.declares.column.as_str()).chain(self.since).collect();
        for batch in self.lake.lookup(&self.table.name, self.pipeline, &columns, &values)? {
            let batch = batch?;
            let declared = batch.column_by_name(&self.declares.column);
            let Some(declared) = declared.and_then(|array| array.as_primitive_opt::<Int64Type>()) else {
                continue;
            };
            if let Some(rows) = Rows::of(&batch, self.fixed.iter(), &self.key) {
                let since = self.since.and_then(|since| {
                    batch.column_by_name(since)?.as_primitive_opt::<TimestampMicrosecondType>()
                });
                for (row, hash) in rows.hashes().filter(|(row, _)| declared.is_valid(*row)) {
                    let since = since.filter(|since| since.is_valid(row)).map(|since| since.value(row));
                    let since = since.and_then(|since| Timestamp::from_microsecond(since).ok());
                    take(&Declared { hash, declared: declared.value(row), since, id: &|| rows.id(row) });
                }
            }
        }
        Ok(())
    }
}

/// A hash of a key.
fn hash<'a>(key: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.into_iter().for_each(|value| value.hash(&mut hasher));
    hasher.finish()
}

/// The rows of a batch that hold certain texts, by their key.
struct Rows<'b> {
    n_rows: usize,
    held: Vec<(&'b StringArray, &'b str)>,
    key: Vec<&'b StringArray>,
}

impl<'b> Rows<'b> {
    /// `None` where a column is no text.
    fn of<'c: 'b>(
        batch: &'b RecordBatch,
        held: impl Iterator<Item = &'c (&'c str, &'c str)>,
        key: &[&str],
    ) -> Option<Self> {
        let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
        let held = held.map(|(name, value)| Some((text(name)?, *value))).collect::<Option<_>>()?;
        let key = key.iter().map(|name| text(name)).collect::<Option<_>>()?;
        Some(Self { n_rows: batch.num_rows(), held, key })
    }

    fn hashes(&self) -> impl Iterator<Item = (usize, u64)> {
        let holds = |row: &usize| {
            self.held.iter().all(|(array, text)| array.is_valid(*row) && array.value(*row) == *text)
        };
        (0..self.n_rows).filter(holds).map(|row| (row, hash(self.key.iter().map(|array| array.value(row)))))
    }

    fn id(&self, row: usize) -> String {
        let parts: Vec<&str> = self.key.iter().map(|array| array.value(row)).collect();
        parts.join("/")
    }
}
