//! Records that have changed since they were pulled, as rows of another stream show: rows came that are newer than they tell,
//! or more than they declare.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use convolake_extractor::{Window, at_most};
use convolake_loader::{Lake, LoadError};
use convolake_model::{ColumnSource, ColumnType, Declares, Mapping, OpenRecords, ParamSet, Stream, Table};
use jiff::{SignedDuration, Timestamp};

use crate::Project;
use crate::project::declared_counts::declaring_table;
use crate::project::param_columns::param_columns;
use crate::reads::scan::{Files, Rows, Scan};

/// Windows in which records are asked for again; of more, those that lie closest are asked for with what lies between.
pub(crate) const WINDOWS_MAX: usize = 64;
/// The most records that are told apart by their new rows; of more, all are asked for again.
const TOUCHED_MAX: usize = 200_000;
/// Windows that are held at once.
const HELD_MAX: usize = 4096;
/// Ids that are named.
const EXAMPLES_MAX: usize = 3;
/// A record is asked for by the second it is filed under.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// A stream that declares how many rows there are in the table of another, and can be asked for windows of its own.
#[derive(Debug)]
pub(crate) struct Relation<'a> {
    mapping: &'a Mapping,
    declares: &'a Declares,
    open: &'a OpenRecords,
    /// The key columns that no param fills, texts in both tables.
    key: Vec<&'a str>,
    /// The key columns that params fill, and these.
    params: Vec<(&'a str, &'a str)>,
    /// The column with the time of a row of the other table, where its stream says which it is.
    at: Option<&'a str>,
}

/// Records that have changed since they were pulled.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reopened {
    pub(crate) n_records: usize,
    pub(crate) examples: Vec<String>,
    /// Where they are filed.
    pub(crate) windows: Vec<Window>,
}

/// What is looked for.
pub(crate) struct Looked<'a> {
    /// Rows that were fetched at this instant or later are new.
    pub(crate) since: Timestamp,
    /// True for a record that was asked for since, by where it is filed.
    pub(crate) is_asked: &'a dyn Fn(Timestamp) -> bool,
}

/// The newest time of the new rows of each record, by the hash of its key.
struct Touched {
    newest: HashMap<u64, Option<Timestamp>>,
    /// Their ids.
    ids: BTreeSet<String>,
    /// True where there are more than are told apart.
    is_any: bool,
}

/// A record that is to be counted.
struct Counted {
    declared: i64,
    rows: i64,
    id: String,
    began: Timestamp,
}

impl<'a> Relation<'a> {
    /// `None` for a stream whose records no other stream's rows tell of, or that has no windows to ask for them.
    pub(crate) fn of(project: &'a Project, stream: &'a Stream) -> Option<Self> {
        let open = stream.windows.as_ref()?.open.as_ref()?;
        let declares = stream.declares.as_ref()?;
        let schema = project.schemas.get(&stream.name)?;
        let table = project.tables.get(declaring_table(schema, declares)?)?;
        let mapping = schema.mappings.iter().find(|mapping| mapping.table == table.name)?;
        let has_both =
            mapping.columns.contains_key(&open.began) && mapping.columns.contains_key(&open.changed);
        let params: Vec<(&str, &str)> =
            param_columns(mapping).filter(|(column, _)| table.key.iter().any(|key| key == column)).collect();
        let is_param = |column: &&str| params.iter().any(|(name, _)| name == column);
        let key: Vec<&str> =
            table.key.iter().map(String::as_str).filter(|column| !is_param(column)).collect();
        let rows = project.tables.get(&declares.rows)?;
        let is_text = |table: &Table, column: &str| {
            table.columns.get(column).is_some_and(|column| column.column_type == ColumnType::String)
        };
        let are_texts = key.iter().all(|column| is_text(table, column) && is_text(rows, column));
        let mut others = project.pipeline.streams.values();
        let other =
            others.find(|other| other.name != stream.name && project.feeds(&other.name, &declares.rows))?;
        let at = time_column(project, other, &declares.rows);
        let is_told = has_both && are_texts && !key.is_empty();
        is_told.then_some(Self { mapping, declares, open, key, params, at })
    }

    /// The table whose rows tell.
    pub(crate) fn rows_table(&self) -> &'a str {
        &self.declares.rows
    }

    /// The records of these params that have changed since they were pulled.
    pub(crate) fn find(
        &self,
        lake: &Lake,
        pipeline: &str,
        params: &ParamSet,
        looked: &Looked<'_>,
    ) -> Result<Reopened, LoadError> {
        let mut found = Reopened::default();
        let touched = self.touched(lake, pipeline, params, looked.since)?;
        if touched.newest.is_empty() {
            return Ok(found);
        }
        let mut counted = HashMap::new();
        let Self { open, declares, .. } = self;
        let columns = [open.began.as_str(), &open.changed, &declares.column, Table::FETCHED_AT];
        let ids: BTreeSet<&str> = touched.ids.iter().map(String::as_str).collect();
        let files = match self.key.as_slice() {
            [id] if !touched.is_any => Files::WithIds(id, &ids),
            _ => Files::All,
        };
        self.scan(lake, pipeline, &self.mapping.table, params, &columns, &[], files, &mut |rows| {
            let keys = Keys::of(&self.key, rows);
            let instants = |column: &str| rows.instants(column).collect::<Vec<_>>();
            let (began, changed) = (instants(&open.began), instants(&open.changed));
            let (fetched, declared) =
                (instants(Table::FETCHED_AT), rows.integers(&declares.column).collect::<Vec<_>>());
            for row in 0..keys.len() {
                let (hash, id) = (keys.hash(row), || keys.id(row));
                let (Some(began), Some(fetched)) = (began[row], fetched[row]) else { continue };
                if fetched >= looked.since || (looked.is_asked)(began) {
                    continue;
                }
                match (touched.newest.get(&hash), changed[row], declared[row]) {
                    (None, ..) if !touched.is_any => {}
                    (Some(Some(newest)), Some(changed), Some(declared)) if *newest <= changed => {
                        counted.insert(hash, Counted { declared, rows: 0, id: id(), began });
                    }
                    (Some(Some(newest)), Some(changed), None) if *newest <= changed => {}
                    // Nothing but their number tells.
                    (Some(None), _, Some(declared)) if self.at.is_none() => {
                        counted.insert(hash, Counted { declared, rows: 0, id: id(), began });
                    }
                    _ => found.add(id(), began),
                }
            }
        })?;
        if !counted.is_empty() {
            let filter: Vec<(&str, &str)> =
                declares.filter.iter().map(|(column, text)| (column.as_str(), text.as_str())).collect();
            self.scan(lake, pipeline, &declares.rows, params, &[], &filter, files, &mut |rows| {
                let keys = Keys::of(&self.key, rows);
                for row in 0..keys.len() {
                    if let Some(counted) = counted.get_mut(&keys.hash(row)) {
                        counted.rows += 1;
                    }
                }
            })?;
            let over = counted.into_values().filter(|counted| counted.rows > counted.declared);
            over.for_each(|counted| found.add(counted.id, counted.began));
        }
        found.windows = at_most(WINDOWS_MAX, found.windows);
        found.examples.sort_unstable();
        Ok(found)
    }

    /// The records that new rows belong to.
    fn touched(
        &self,
        lake: &Lake,
        pipeline: &str,
        params: &ParamSet,
        since: Timestamp,
    ) -> Result<Touched, LoadError> {
        let mut touched = Touched { newest: HashMap::new(), ids: BTreeSet::new(), is_any: false };
        let columns: Vec<&str> = self.at.into_iter().chain([Table::FETCHED_AT]).collect();
        let files = Files::Since(Table::FETCHED_AT, since);
        self.scan(lake, pipeline, &self.declares.rows, params, &columns, &[], files, &mut |rows| {
            // A column without a name is one that no table has.
            let times = rows.instants(self.at.unwrap_or_default());
            let told = times.zip(rows.instants(Table::FETCHED_AT));
            let keys = Keys::of(&self.key, rows);
            for (row, (at, fetched)) in told.enumerate().take(keys.len()) {
                let hash = keys.hash(row);
                if fetched.is_none_or(|fetched| fetched < since) {
                    continue;
                }
                if touched.newest.len() >= TOUCHED_MAX && !touched.newest.contains_key(&hash) {
                    touched.is_any = true;
                    continue;
                }
                touched.ids.insert(keys.id(row));
                let newest = touched.newest.entry(hash).or_insert(at);
                *newest = (*newest).max(at);
            }
        })?;
        Ok(touched)
    }

    #[expect(clippy::too_many_arguments, reason = "one table's scan, with all that narrows it")]
    fn scan(
        &self,
        lake: &Lake,
        pipeline: &str,
        table: &str,
        params: &ParamSet,
        columns: &[&str],
        filter: &[(&str, &str)],
        files: Files<'_>,
        each: &mut dyn FnMut(&Rows<'_>),
    ) -> Result<(), LoadError> {
        let columns: Vec<&str> = self.key.iter().chain(columns).copied().collect();
        let value = |(column, param): &(&'a str, &str)| Some((*column, params.get(*param)?.as_str()));
        let values = self.params.iter().filter_map(value);
        let equal: Vec<(&str, &str)> = values.chain(filter.iter().copied()).collect();
        Scan { table, pipeline, columns: &columns, equal: &equal, files }.for_each(lake, each)
    }
}

/// The keys of rows, but for params.
struct Keys<'b> {
    columns: Vec<Vec<&'b str>>,
}

impl<'b> Keys<'b> {
    fn of(key: &[&str], rows: &Rows<'b>) -> Self {
        let texts = |column: &&str| rows.texts(column).map(Option::unwrap_or_default).collect();
        Self { columns: key.iter().map(texts).collect() }
    }

    fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    fn hash(&self, row: usize) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.columns.iter().for_each(|column| column[row].hash(&mut hasher));
        hasher.finish()
    }

    /// As one text.
    fn id(&self, row: usize) -> String {
        let parts: Vec<&str> = self.columns.iter().map(|column| column[row]).collect();
        parts.join("/")
    }
}

impl Reopened {
    fn add(&mut self, id: String, began: Timestamp) {
        self.n_records += 1;
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(id);
        }
        let until = began.checked_add(SECOND).unwrap_or(Timestamp::MAX);
        self.windows.push(Window { from: began, until });
        if self.windows.len() >= HELD_MAX {
            self.windows = at_most(WINDOWS_MAX, std::mem::take(&mut self.windows));
        }
    }
}

/// The column of a table that holds what its stream's windows go by.
fn time_column<'a>(project: &'a Project, stream: &Stream, table: &str) -> Option<&'a str> {
    let at = stream.windows.as_ref()?.at.as_ref()?;
    let columns = &project.tables.get(table)?.columns;
    let schema = project.schemas.get(&stream.name)?;
    let mapping = schema.mappings.iter().find(|mapping| mapping.table == table)?;
    let is_at = |source: &ColumnSource| match source {
        ColumnSource::At { from, candidates, .. } => from.is_root() && candidates.contains(at),
        _ => false,
    };
    let is_time =
        |name: &str| columns.get(name).is_some_and(|column| column.column_type == ColumnType::Timestamp);
    let mut found = mapping.columns.iter().filter(|(name, column)| is_at(&column.source) && is_time(name));
    found.next().map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_of_changed_records_is_found_in_the_pipeline() {
        for (pipeline, stream, expected) in [
            ("agentx", "conversations", Some(("messages", Some("sent_at"), vec!["conversation_id"]))),
            ("agentx", "messages", None),
            ("convocore", "export", None),
            ("convocore", "list", None),
        ] {
            let project = Project::load(pipeline, &[]).unwrap();
            let found = Relation::of(&project, &project.pipeline.streams[stream]);
            let found = found.map(|relation| (relation.rows_table(), relation.at, relation.key));
            assert_eq!(found, expected, "{pipeline} {stream}");
        }
    }

    #[test]
    fn windows_are_few_however_many_records_there_are() {
        let mut found = Reopened::default();
        for second in 0..20_000 {
            found.add(format!("c{second}"), Timestamp::from_second(second * 1000).unwrap());
        }
        assert_eq!((found.n_records, found.examples.len()), (20_000, EXAMPLES_MAX));
        assert!(found.windows.len() < HELD_MAX);
    }
}
