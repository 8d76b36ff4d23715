//! What the source declares against what the lake holds, whoever pulled it and when.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch, StringArray};
use convolake_loader::{Lake, LoadError};
use convolake_model::{ColumnSource, Declares, ParamSet, Stream, StreamSchema, Table};

use crate::Project;
use crate::report::{Completeness, Miscount};
use crate::workers::count;

/// Rows that are compared at a time: what is not held in memory is counted in another pass over the tables.
const ROWS_A_PASS: u64 = 500_000;
/// Examples of each kind that are told.
const EXAMPLES: usize = 10;

/// Compares, for all rows of these params, the counts a stream's records declare; `None` where they declare none.
pub(crate) fn compare(
    lake: &Lake,
    project: &Project,
    stream: &Stream,
    params: &ParamSet,
) -> Result<Option<Completeness>, LoadError> {
    let Some(count) = Count::of(lake, project, stream, params) else {
        return Ok(None);
    };
    let rows = lake.totals(&project.pipeline.name)?.remove(&count.table.name).map_or(0, |total| total.rows);
    let n_passes = rows.div_ceil(ROWS_A_PASS).max(1);
    let mut completeness = Completeness::default();
    for pass in 0..n_passes {
        count.pass(pass, n_passes, &mut completeness)?;
    }
    Ok(Some(completeness))
}

/// Where the column of a declared count stands: the table it is in.
pub(crate) fn declaring_table<'a>(schema: &'a StreamSchema, declares: &Declares) -> Option<&'a str> {
    let mut mappings = schema.mappings.iter();
    Some(&mappings.find(|mapping| mapping.columns.contains_key(&declares.column))?.table)
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
        Some(Self { lake, pipeline: &project.pipeline.name, declares, table, fixed, key })
    }

    fn pass(&self, pass: u64, n_passes: u64, completeness: &mut Completeness) -> Result<(), LoadError> {
        let is_of_pass = |hash: u64| hash % n_passes == pass;
        let mut counts = Counts::new();
        self.each_declared(|hash, declared, _| {
            if is_of_pass(hash) {
                counts.insert(hash, (declared, 0));
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
        let (mut n_short, mut n_over) = (completeness.short_examples.len(), completeness.over_examples.len());
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
        }
        self.tell(&examples, completeness)
    }

    /// Finds the ids of what is short or over.
    fn tell(&self, examples: &HashMap<u64, i64>, completeness: &mut Completeness) -> Result<(), LoadError> {
        if examples.is_empty() {
            return Ok(());
        }
        self.each_declared(|hash, declared, id| {
            let Some(counted) = examples.get(&hash).copied() else { return };
            let miscount = Miscount { id: id(), declared: Some(declared), rows: counted };
            match counted < declared {
                true => completeness.short_examples.push(miscount),
                false => completeness.over_examples.push(miscount),
            }
        })?;
        completeness.short_examples.sort_by(|a, b| a.id.cmp(&b.id));
        completeness.over_examples.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(())
    }

    /// Hash, declared count and id of each row that declares one.
    fn each_declared(&self, mut take: impl FnMut(u64, i64, &dyn Fn() -> String)) -> Result<(), LoadError> {
        let columns: Vec<&str> =
            self.fixed.iter().map(|(column, _)| *column).chain(self.key.clone()).collect();
        for batch in self.lake.lookup(&self.table.name, self.pipeline, &columns, &[&self.declares.column])? {
            let batch = batch?;
            let declared = batch.column_by_name(&self.declares.column);
            let Some(declared) = declared.and_then(|array| array.as_primitive_opt::<Int64Type>()) else {
                continue;
            };
            if let Some(rows) = Rows::of(&batch, self.fixed.iter(), &self.key) {
                for (row, hash) in rows.hashes().filter(|(row, _)| declared.is_valid(*row)) {
                    take(hash, declared.value(row), &|| rows.id(row));
                }
            }
        }
        Ok(())
    }
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
        (0..self.n_rows).filter(holds).map(|row| {
            let mut hasher = DefaultHasher::new();
            self.key.iter().for_each(|array| array.value(row).hash(&mut hasher));
            (row, hasher.finish())
        })
    }

    fn id(&self, row: usize) -> String {
        let parts: Vec<&str> = self.key.iter().map(|array| array.value(row)).collect();
        parts.join("/")
    }
}
