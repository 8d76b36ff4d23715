//! How many rows share some values, mostly from a commit, manifests or the footers of table files.

use std::collections::BTreeMap;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef, RecordBatch};

use crate::LoadError;
use crate::publish::commit::Commit;
use crate::reads::live::LiveFiles;
use crate::reads::totals::TableTotal;
use crate::reads::{live, totals};
use crate::snapshot::TableSnapshot;
use crate::snapshot::scope_counts::ScopeCount;
use crate::storage::LakeStorage;
use crate::table::file;
use crate::table::file::{TableFile, TableFileReader};
use crate::table::partition::day_of;
use crate::table::statistics::{greatest_instant, shared_text};

/// How many rows share some values, and how new they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowCount {
    /// The rows.
    pub rows: u64,
    /// The greatest instant among them, in microseconds.
    pub newest: Option<i64>,
    /// The rows by the day they are filed under, in days since 1970-01-01 UTC; those without a day are left out. The rows of a month's
    /// partition are taken to be spread evenly over its days.
    pub days: BTreeMap<i32, u64>,
}

/// Rows by the values they share.
pub type RowCounts = BTreeMap<Vec<Option<String>>, RowCount>;

/// Whether days are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// They are.
    Counted,
    /// [`RowCount::days`] stays empty.
    LeftOut,
}

/// Counts a pipeline's rows, of all tables as one commit has them.
#[derive(Debug)]
pub struct RowCounter {
    lake: LakeStorage,
    pipeline: String,
    head: Option<Commit>,
}

impl RowCounter {
    pub(crate) fn new(lake: &LakeStorage, pipeline: &str, head: Option<Commit>) -> Self {
        Self { lake: lake.clone(), pipeline: pipeline.to_owned(), head }
    }

    /// What the pipeline has in each table.
    ///
    /// # Errors
    /// A file that does not read, where the commit names none.
    pub fn totals(&self) -> Result<BTreeMap<String, TableTotal>, LoadError> {
        totals::totals(&self.lake, &self.pipeline, self.head.as_ref())
    }

    /// Counts the rows of a table by the values of some text columns, each with the greatest of the instants in `instants`.
    /// What the commit tells, manifests, or else a file's footer, is taken from there, so that mostly no row is read. Blocks.
    ///
    /// # Errors
    /// A file that does not read; [`LoadError::SchemaChanged`] for one without such a column.
    pub fn count(
        &mut self,
        table: &str,
        by: &[&str],
        instants: &[&str],
        days: Days,
    ) -> Result<RowCounts, LoadError> {
        let Self { lake, pipeline, head } = self;
        live::of_commit(lake, pipeline, head, table, |live| {
            let mut counts = RowCounts::new();
            let files = match live {
                LiveFiles::Listed(files) => files,
                LiveFiles::Committed(mut snapshot) => {
                    if days == Days::LeftOut {
                        snapshot.manifests.retain(|named| match &named.scopes {
                            Some(sums) if sums.scope == by && sums.dates == instants => {
                                add_scopes(&mut counts, None, &sums.counts);
                                false
                            }
                            _ => true,
                        });
                    }
                    of_manifests(&snapshot, by, instants, &mut counts)?
                }
            };
            file::fetch_footers(&files);
            for file in files {
                count_file(table, &file, by, instants, &mut counts)?;
            }
            if days == Days::LeftOut {
                counts.values_mut().for_each(|count| count.days.clear());
            }
            Ok(counts)
        })
    }
}

/// Adds what the manifests tell; gives the files whose rows they do not tell by these columns.
fn of_manifests(
    snapshot: &TableSnapshot,
    by: &[&str],
    instants: &[&str],
    counts: &mut RowCounts,
) -> Result<Vec<TableFile>, LoadError> {
    let mut others = Vec::new();
    snapshot.each_manifest(|manifest| {
        let is_by_these = manifest.columns.scope() == by && manifest.columns.dates == instants;
        for entry in manifest.files {
            match entry.summary.scopes.as_ref().filter(|_| is_by_these) {
                Some(scopes) => add_scopes(counts, entry.partition.days(), scopes),
                None => others.push(entry.table_file(&snapshot.lake, &snapshot.table, &snapshot.as_of)),
            }
        }
        Ok(())
    })?;
    Ok(others)
}

fn add_scopes(counts: &mut RowCounts, days: Option<Range<i32>>, scopes: &[ScopeCount]) {
    for scope in scopes {
        add(counts, scope.values.clone(), days.clone(), scope.rows, scope.newest);
    }
}

fn count_file(
    table: &str,
    file: &TableFile,
    by: &[&str],
    instants: &[&str],
    counts: &mut RowCounts,
) -> Result<(), LoadError> {
    let reader = TableFileReader::open(file)?;
    let changed = || LoadError::SchemaChanged { table: table.to_owned() };
    let leaves = |names: &[&str]| {
        names.iter().map(|name| reader.leaf(name)).collect::<Option<Vec<_>>>().ok_or_else(changed)
    };
    let (by_leaves, instant_leaves) = (leaves(by)?, leaves(instants)?);
    let mut to_read = Vec::new();
    for (index, group) in reader.metadata().row_groups().iter().enumerate() {
        let key =
            by_leaves.iter().map(|leaf| shared_text(group, *leaf).map(Some)).collect::<Option<Vec<_>>>();
        let newest =
            instant_leaves.iter().map(|leaf| greatest_instant(group, *leaf)).collect::<Option<Vec<_>>>();
        match (key, newest) {
            (Some(key), Some(newest)) => {
                let rows = u64::try_from(group.num_rows()).unwrap_or_default();
                add(counts, key, file.partition.days(), rows, newest.into_iter().flatten().max());
            }
            _ => to_read.push(index),
        }
    }
    if to_read.is_empty() {
        return Ok(());
    }
    let columns = by.iter().chain(instants).map(|name| reader.schema().index_of(name));
    let mut columns = columns.collect::<Result<Vec<_>, _>>().map_err(|_| changed())?;
    columns.sort_unstable();
    columns.dedup();
    for batch in reader.read(Some(&columns), Some(to_read), None)? {
        count_batch(&batch?, file.partition.days(), by, instants, counts);
    }
    Ok(())
}

fn count_batch(
    batch: &RecordBatch,
    days: Option<Range<i32>>,
    by: &[&str],
    instants: &[&str],
    counts: &mut RowCounts,
) {
    let column = |name: &&str| batch.column_by_name(name);
    let texts: Vec<_> =
        by.iter().filter_map(column).filter_map(|array| array.as_string_opt::<i32>()).collect();
    let instants: Vec<&ArrayRef> = instants.iter().filter_map(column).collect();
    for row in 0..batch.num_rows() {
        let key =
            texts.iter().map(|array| array.is_valid(row).then(|| array.value(row).to_owned())).collect();
        let newest = instants.iter().filter_map(|array| {
            let array = array.as_primitive_opt::<TimestampMicrosecondType>()?;
            array.is_valid(row).then(|| array.value(row))
        });
        add(counts, key, days.clone(), 1, newest.max());
    }
}

fn add(
    counts: &mut RowCounts,
    key: Vec<Option<String>>,
    days: Option<Range<i32>>,
    rows: u64,
    newest: Option<i64>,
) {
    let count = counts.entry(key).or_default();
    count.rows += rows;
    if let Some(days) = days {
        spread(&mut count.days, days, rows, newest);
    }
    count.newest = count.newest.max(newest);
}

/// Adds rows to the days of their partition, evenly up to that of the newest.
fn spread(counts: &mut BTreeMap<i32, u64>, days: Range<i32>, rows: u64, newest: Option<i64>) {
    let last = newest.and_then(day_of).filter(|newest| days.contains(newest)).unwrap_or(days.end - 1);
    let n_days = u64::try_from(last - days.start + 1).unwrap_or(1);
    for (at, day) in (0..n_days).zip(days) {
        let of_day = rows * (at + 1) / n_days - rows * at / n_days;
        if of_day > 0 {
            *counts.entry(day).or_default() += of_day;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::{EnabledStatistics, WriterProperties};

    use super::*;
    use crate::Location;

    fn write(
        folder: &std::path::Path,
        day: &str,
        agents: &[&str],
        at: &[Option<i64>],
        statistics: EnabledStatistics,
    ) {
        let path = folder.join(format!("messages/source=p/date={day}/part-0.parquet"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let batch = RecordBatch::try_from_iter([
            ("agent_id", Arc::new(StringArray::from(agents.to_vec())) as ArrayRef),
            ("sent_at", Arc::new(TimestampMicrosecondArray::from(at.to_vec()).with_timezone("UTC"))),
        ])
        .unwrap();
        let properties = WriterProperties::builder().set_statistics_enabled(statistics).build();
        let file = std::fs::File::create(path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }

    #[test]
    fn rows_are_counted_from_footers_and_where_these_do_not_tell_from_rows() {
        let folder = tempfile::tempdir().unwrap();
        let full = EnabledStatistics::Chunk;
        write(folder.path(), "2025-01-01", &["a", "a"], &[Some(5), None], full);
        write(folder.path(), "2025-01-02", &["a", "b", "b"], &[Some(9), Some(7), Some(3)], full);
        write(folder.path(), "2025-01-03", &["c"], &[None], full);
        write(folder.path(), "2025-01-04", &["c", "a"], &[Some(2), Some(1)], EnabledStatistics::None);
        let lake = LakeStorage::open(&Location::Folder(folder.path().into())).unwrap();
        let mut counter = RowCounter::new(&lake, "p", None);
        let counts = counter.count("messages", &["agent_id"], &["sent_at"], Days::Counted).unwrap();
        let found: Vec<_> = counts
            .iter()
            .map(|(key, count)| (key[0].as_deref().unwrap(), count.rows, count.newest))
            .collect();
        assert_eq!(found, [("a", 4, Some(9)), ("b", 2, Some(7)), ("c", 2, Some(2))]);
        let days: Vec<u64> = counts[&vec![Some("b".to_owned())]].days.values().copied().collect();
        assert_eq!(days, [2]);
        assert_eq!(counter.count("turns", &["agent_id"], &[], Days::Counted).unwrap(), RowCounts::new());
        let error = counter.count("messages", &["user_id"], &[], Days::Counted).unwrap_err();
        assert!(matches!(error, LoadError::SchemaChanged { .. }), "{error}");
    }
}
