//! What a load is given, what should come of it, and what stands in the lake, all as plain values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field};
use convolake_batch::{ParentBatch, TableBatch, TextForm, arrow_schema};
use convolake_model::{PartitionBy, Partitions, Table, Tree};
use object_store::ObjectStore;
use tempfile::TempDir;

use crate::lease::LeaseTimes;
use crate::load::{Load, LoadMemory, LoadReport, LoadTable};
use crate::resolve::mode::FewerRows;
use crate::rows::landed_objects::LandedObjects;
use crate::storage::LakeStorage;
use crate::table::expected_file::OnNewer;
use crate::table::file;
use crate::table::file::{TableFile, TableFileReader};
use crate::table::layout::RowKeys;
use crate::table::partition::Partition;
use crate::{Lake, LeaseHolder, LoadError, LoadMode, Location, PageVersion, Trees};

pub(crate) const PIPELINE: &str = "agentx";
pub(crate) const TABLE: &str = "messages";
/// Nobody dies here without giving the lease back.
pub(crate) const TIMES: LeaseTimes = LeaseTimes {
    renewed_every: Duration::from_secs(2),
    lost_after: Duration::from_secs(60),
    abandoned_after: Duration::from_secs(60),
};
const DAY_US: i64 = 86_400_000_000;
/// Partitions of days, as in lakes of before.
pub(crate) const BY_DAY: Partitions = Partitions::Asked(PartitionBy::Day);
/// The first day that is of another month than those before it.
const SECOND_MONTH: u8 = 2;

/// A record as it stands on a page: a conversation and its messages, as (message, text, day).
pub(crate) type Record = (u8, Vec<(u8, u8, Option<u8>)>);

/// A page: its records.
pub(crate) type Page = Vec<Record>;

/// A row as a reader sees it: key, then (text, day, page's number).
pub(crate) type Table1 = BTreeMap<(u8, u8), (u8, Option<u8>, u32)>;

pub(crate) fn table(columns: &str) -> Table {
    let text = format!(
        "key: [agent_id, conversation_id, message_id]
partition: {{ date: [sent_at] }}
order: [conversation_id, message_index, sent_at]
columns:
  agent_id: {{ type: string, required: true }}
  conversation_id: {{ type: string, required: true }}
  message_id: {{ type: string, required: true }}
  message_index: {{ type: int32 }}
  tags: {{ type: list<string> }}
  text: {{ type: string }}
  sent_at: {{ type: timestamp }}
  {columns}
  extra: {{ type: json }}
  fetched_at: {{ type: timestamp, required: true }}
  page: {{ type: string, required: true }}
"
    );
    Table::parse(TABLE, "messages.yaml", &text).unwrap()
}

/// How rows are loaded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) replace: bool,
    pub(crate) memory_bytes: usize,
    pub(crate) buckets: u32,
    pub(crate) partitions: Partitions,
    pub(crate) trees: Trees,
}

impl Setup {
    /// Loads that take the place of what is there, in files of a day.
    pub(crate) const REPLACING: Self =
        Self { replace: true, memory_bytes: 1 << 20, buckets: 1, partitions: BY_DAY, trees: Trees::Plain };
}

/// The date of a day of a test, in days since 1970-01-01: the first two are of one month, those behind them of the next.
fn date_of(day: u8) -> i32 {
    i32::from(day) + if day < SECOND_MONTH { 0 } else { 31 }
}

/// The day of a test with this date.
fn day_of_date(date: i64) -> u8 {
    u8::try_from(date).map(|day| if day < SECOND_MONTH { day } else { day - 31 }).unwrap()
}

/// A lake of its own; the folder stays empty where the lake is in a store.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) lake: Lake,
    pub(crate) setup: Setup,
    pub(crate) keys: RowKeys,
    /// What rebuilds keep; nothing where it is `None`.
    pub(crate) landed: Option<(LandedObjects, FewerRows)>,
    pub(crate) n_runs: u32,
    pub(crate) pipeline: &'static str,
    /// The trees that loads write.
    pub(crate) trees: Trees,
}

impl Scene {
    pub(crate) fn new(setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(&Location::Folder(folder.path().to_owned())).unwrap();
        Self::of(folder, lake, setup)
    }

    /// A lake in a store.
    pub(crate) fn in_store(setup: Setup, store: Arc<dyn ObjectStore>) -> Self {
        let lake = Lake::over(LakeStorage::on_store(store).unwrap(), TIMES);
        Self::of(tempfile::tempdir().unwrap(), lake, setup)
    }

    fn of(folder: TempDir, lake: Lake, setup: Setup) -> Self {
        Self {
            folder,
            lake,
            setup,
            keys: RowKeys::default(),
            landed: None,
            n_runs: 0,
            pipeline: PIPELINE,
            trees: setup.trees,
        }
    }

    /// Loads some pages, each with its number, in one run.
    pub(crate) fn load(&mut self, mode: LoadMode, pages: &[(u32, &Page)]) -> Result<LoadReport, LoadError> {
        self.load_table(mode, pages, table(""), serde_json::json!({}))
    }

    pub(crate) fn load_table(
        &mut self,
        mode: LoadMode,
        pages: &[(u32, &Page)],
        table: Table,
        state: serde_json::Value,
    ) -> Result<LoadReport, LoadError> {
        let rows = pages.iter().map(|(number, page)| self.rows(&table, *number, page)).collect();
        self.load_rows(mode, rows, &table, state)
    }

    /// Loads rows of pages, or that there are none, in one run.
    pub(crate) fn load_rows(
        &mut self,
        mode: LoadMode,
        rows: Vec<(PageVersion, TableBatch)>,
        table: &Table,
        state: serde_json::Value,
    ) -> Result<LoadReport, LoadError> {
        self.n_runs += 1;
        let run = format!("20261121T120000Z-{:06}", self.n_runs);
        let since = jiff::Timestamp::UNIX_EPOCH;
        let lease = self.lake.lease(self.pipeline, &LeaseHolder { run: run.clone(), pid: 1, since })?;
        let replace =
            if self.setup.replace { vec!["agent_id".into(), "conversation_id".into()] } else { vec![] };
        let tables = [LoadTable {
            table: Table { partitions: self.setup.partitions, ..table.clone() },
            replace,
            keys: self.keys,
        }];
        let Setup { memory_bytes, buckets, .. } = self.setup;
        let memory = LoadMemory { row_bytes: memory_bytes, writers: 2, merged_runs: 3 };
        let mut load = Load::begin(&self.lake, &lease, &run, &tables, mode, memory, buckets)?;
        load.write_to(self.trees)?;
        for (page, rows) in rows {
            load.push(rows, &[page])?;
        }
        if let (Some((landed, fewer_rows)), LoadMode::Rebuild) = (&self.landed, mode) {
            load.keep(landed.clone(), *fewer_rows);
        }
        load.finish(state, since)
    }

    pub(crate) fn rows(&self, table: &Table, number: u32, page: &Page) -> (PageVersion, TableBatch) {
        let messages = || {
            page.iter()
                .zip(0u32..)
                .flat_map(|((conversation, rows), at)| rows.iter().map(move |row| (*conversation, *row, at)))
        };
        let version = PageVersion {
            fetched_at_us: i64::from(number),
            object: format!("raw/p{number}").into(),
            line: 1,
        };
        let n_rows = messages().count();
        let texts = |of: fn(u8, u8, u8) -> String| -> ArrayRef {
            Arc::new(messages().map(|(c, (m, t, _), _)| Some(of(c, m, t))).collect::<StringArray>())
        };
        let element = Arc::new(Field::new("element", DataType::Utf8, true));
        let mut tags = ListBuilder::new(StringBuilder::new()).with_field(element);
        for (_, (_, text, _), _) in messages() {
            for _ in 0..text {
                tags.values().append_value("tag");
            }
            tags.append(text != 1);
        }
        let instants = |instants: Vec<Option<i64>>| -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from(instants).with_timezone("UTC"))
        };
        let columns: Vec<ArrayRef> = vec![
            texts(|_, _, _| "a".into()),
            texts(|c, _, _| format!("c{c}")),
            texts(|_, m, _| format!("m{m}")),
            Arc::new(messages().map(|(_, (m, ..), _)| Some(9 - i32::from(m))).collect::<Int32Array>()),
            Arc::new(tags.finish()),
            texts(|_, _, t| format!("t{t}")),
            instants(
                messages().map(|(_, (_, _, d), _)| d.map(|d| i64::from(date_of(d)) * DAY_US + 1)).collect(),
            ),
            Arc::new(StringArray::from(vec![None::<&str>; n_rows])),
        ];
        let mut columns = columns;
        let schema = arrow_schema(&table.without_lineage(), TextForm::Utf8);
        while columns.len() < schema.fields().len() {
            columns.insert(7, Arc::new(StringArray::from(vec![None::<&str>; n_rows])));
        }
        let ids = |id: fn(u8) -> String| -> ArrayRef {
            Arc::new(page.iter().map(|(c, _)| Some(id(*c))).collect::<StringArray>())
        };
        let keys = RecordBatch::try_from_iter_with_nullable([
            ("agent_id", ids(|_| "a".into()), false),
            ("conversation_id", ids(|c| format!("c{c}")), false),
        ]);
        let rows = TableBatch {
            table: TABLE.into(),
            rows: RecordBatch::try_new(schema, columns).unwrap(),
            index_in_page: messages().map(|(.., at)| at).collect(),
            page_ends: vec![n_rows],
            parents: self.setup.replace.then(|| ParentBatch {
                keys: keys.unwrap(),
                index_in_page: (0..).take(page.len()).collect(),
                page_ends: vec![page.len()],
                extents: Vec::new(),
            }),
        };
        (version, rows)
    }

    /// What a reader sees, or the key it sees twice. Checks that every row lies in its partition and in order.
    pub(crate) fn seen(&self) -> Result<Table1, (u8, u8)> {
        seen(&self.lake)
    }
}

pub(crate) fn seen(lake: &Lake) -> Result<Table1, (u8, u8)> {
    loop {
        match seen_at_once(lake) {
            // A request that was under way when the run died ends by itself; like any reader, we look again.
            Err(LoadError::Overtaken { .. }) => {}
            other => return other.unwrap(),
        }
    }
}

fn seen_at_once(lake: &Lake) -> Result<Result<Table1, (u8, u8)>, LoadError> {
    rows_of(live_files(lake)?)
}

/// The files of the table: all that lie in the plain tree, or where it lies in the Delta tree alone, those that the newest commit names.
pub(crate) fn live_files(lake: &Lake) -> Result<Vec<TableFile>, LoadError> {
    let head = lake.head(PIPELINE)?;
    let files_in = |head: &crate::Commit| head.tables.get(TABLE).map(|table| table.files_in);
    let Some(head) = head.filter(|head| files_in(head) == Some(Tree::Delta)) else {
        return file::list(&lake.storage, TABLE, PIPELINE);
    };
    let snapshot = head.snapshot(&lake.storage, PIPELINE, TABLE, OnNewer::Refuse).unwrap();
    let mut files = Vec::new();
    snapshot.each_manifest(|manifest| {
        files.extend(
            manifest.files.iter().map(|entry| entry.table_file(&lake.storage, TABLE, &snapshot.as_of)),
        );
        Ok(())
    })?;
    Ok(files)
}

/// The rows of these files, or the key that is there twice. Checks that every row lies in its partition and in order.
pub(crate) fn rows_of(files: Vec<TableFile>) -> Result<Result<Table1, (u8, u8)>, LoadError> {
    let mut rows = Table1::new();
    for file in files {
        let mut order = BTreeSet::new();
        let mut last = None;
        for batch in TableFileReader::open(&file)?.read(None, None, None)? {
            let batch = batch?;
            let text = |name: &str, row: usize| {
                batch.column_by_name(name).unwrap().as_string::<i32>().value(row).to_owned()
            };
            let digit = |text: &str| text[1..].parse::<u8>().unwrap();
            let sent_at = batch.column_by_name("sent_at").unwrap().as_primitive::<TimestampMicrosecondType>();
            let index = batch.column_by_name("message_index").unwrap().as_primitive::<Int32Type>();
            for row in 0..batch.num_rows() {
                let day = sent_at.is_valid(row).then(|| day_of_date(sent_at.value(row) / DAY_US));
                let date = day.map(date_of);
                let partition = file.partition;
                assert_eq!(Partition::of_day(partition.by, date, partition.bucket), partition);
                let in_file = batch.column_by_name("date").map(|dates| dates.as_primitive::<Date32Type>());
                assert_eq!(in_file.is_some(), partition.by == PartitionBy::Month);
                if let Some(dates) = in_file {
                    assert_eq!(dates.is_valid(row).then(|| dates.value(row)), date);
                }
                let key = (digit(&text("conversation_id", row)), digit(&text("message_id", row)));
                let page = text("page", row)["raw/p".len()..].trim_end_matches("#1").parse().unwrap();
                let date = in_file.and(date);
                let place = Some((date, text("conversation_id", row), index.value(row)));
                assert!(last < place, "a file is sorted by its order");
                last = place;
                order.insert(file.partition.bucket);
                if rows.insert(key, (digit(&text("text", row)), day, page)).is_some() {
                    return Ok(Err(key));
                }
            }
        }
    }
    Ok(Ok(rows))
}

/// What should be seen after these pages.
pub(crate) fn expected(replace: bool, pages: &[(u32, &Page)]) -> Table1 {
    let mut rows = Table1::new();
    for (number, page) in pages {
        for (conversation, messages) in *page {
            let before = rows.clone();
            if replace {
                rows.retain(|(other, _), _| other != conversation);
            }
            let mut last: BTreeMap<u8, (u8, Option<u8>)> = BTreeMap::new();
            for (message, text, day) in messages {
                last.insert(*message, (*text, *day));
            }
            for (message, (text, day)) in last {
                let key = (*conversation, message);
                let page = match before.get(&key) {
                    Some((t, d, page)) if (*t, *d) == (text, day) => *page,
                    _ => *number,
                };
                rows.insert(key, (text, day, page));
            }
        }
    }
    rows
}
