//! What a manifest says of one table file.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use arrow_array::RecordBatch;
use arrow_schema::DataType;
use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::snapshot::group_hashes::{GroupHasher, GroupHashes};
use crate::snapshot::scope_counts::{ScopeCount, ScopeCounter};
use crate::storage::digest::ContentDigest;
use crate::storage::{LakeStorage, ObjectVersion};
use crate::table::delta_file::DeltaFile;
use crate::table::expected_file::{AsOf, ExpectedFile, content};
use crate::table::file::{TableFile, TableFileReader, in_file_order};
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;
use crate::table::place::Place;
use crate::table::statistics::{instant_bounds, null_count};
use crate::table::writer::Written;

/// A live file of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    /// Written as its name within the pipeline's folder of the table.
    #[serde(rename = "file", with = "by_name")]
    pub(crate) partition: Partition,
    /// In which tree it lies.
    #[serde(default, rename = "commit", skip_serializing_if = "Place::is_plain")]
    pub(crate) place: Place,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    /// What it is known by where it lies, if that was known before it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stamp: Option<ObjectVersion>,
    #[serde(flatten)]
    pub(crate) summary: FileSummary,
}

/// What is told of a file's rows without reading them; what is `None` is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileSummary {
    /// Least and greatest instant of each column that has one, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instants: Option<BTreeMap<String, (i64, i64)>>,
    /// How many rows have no instant, by the columns of instants that the file has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nulls: Option<BTreeMap<String, u64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scopes: Option<Vec<ScopeCount>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) groups: Option<GroupHashes>,
}

impl FileEntry {
    /// The file that was written for a partition of the plain tree.
    pub(crate) fn written(
        partition: Partition,
        written: &Written,
        stamp: Option<ObjectVersion>,
        summary: FileSummary,
    ) -> Self {
        let Written { rows, bytes, sha256 } = written.clone();
        Self { partition, place: Place::Plain, rows, bytes, sha256, stamp, summary }
    }

    /// A file that lies in a listed folder, by reading it. Its rows are summed up where their table is known.
    pub(crate) fn of_listed(layout: Option<&TableLayout>, file: &TableFile) -> Result<Self, LoadError> {
        let (stored, reader) = (file.stored()?, TableFileReader::open(file)?);
        let rows = reader.n_rows();
        let ContentDigest { n_bytes: bytes, sha256 } = content(stored)?;
        let summary = match layout {
            Some(layout) => FileSummary::of(layout, reader)?,
            None => FileSummary::default().with_instants_of(&reader),
        };
        let stamp = Some(stored.version().clone());
        Ok(Self { partition: file.partition, place: file.place, rows, bytes, sha256, stamp, summary })
    }

    /// The file to read, once it is found to be this one.
    pub(crate) fn table_file(&self, lake: &LakeStorage, table: &str, as_of: &AsOf) -> TableFile {
        self.file_named(lake, self.name(table, &as_of.pipeline), as_of)
    }

    /// The name within the lake of the file of a pipeline's table.
    pub(crate) fn name(&self, table: &str, pipeline: &str) -> String {
        self.place.name(table, pipeline, self.partition, &self.sha256)
    }

    /// What it is in the Delta tree, whichever commit brought it there.
    pub(crate) fn delta_file(&self, pipeline: &str) -> DeltaFile {
        DeltaFile::new(pipeline, self.partition, &self.sha256)
    }

    /// The file under this name within the lake.
    pub(crate) fn file_named(&self, lake: &LakeStorage, name: String, as_of: &AsOf) -> TableFile {
        let expected = ExpectedFile {
            lake: lake.clone(),
            name,
            content: ContentDigest { n_bytes: self.bytes, sha256: self.sha256.clone() },
            stamp: self.stamp.clone(),
            as_of: as_of.clone(),
            stored: OnceLock::new(),
        };
        TableFile::expected(self.partition, expected).placed(self.place)
    }
}

impl FileSummary {
    /// Sums a file up by reading its key columns and dates. `reader` is of the file as it was written.
    pub(crate) fn of(layout: &TableLayout, reader: TableFileReader) -> Result<Self, LoadError> {
        let of_footer = Self::default().with_instants_of(&reader);
        let Some(reader) = reader.of_table(layout) else { return Ok(of_footer) };
        let (group, dates) = (layout.index_columns(), layout.date_columns());
        let (columns, mut places) = in_file_order(&[group.as_slice(), &dates].concat());
        let dates = places.split_off(group.len());
        let mut rows = RowSummary::new(places, dates);
        for batch in reader.read(Some(&columns), None, None)? {
            rows.add(&batch?);
        }
        Ok(Self { instants: of_footer.instants, nulls: of_footer.nulls, ..rows.finish() })
    }

    /// With the instants that the footer of a file gives.
    pub(crate) fn with_instants_of(self, reader: &TableFileReader) -> Self {
        Self { instants: instants(reader), nulls: nulls(reader), ..self }
    }
}

/// Sums rows up as they pass by.
#[derive(Debug)]
pub(crate) struct RowSummary {
    groups: GroupHasher,
    scopes: ScopeCounter,
}

impl RowSummary {
    /// Of batches as the table has them.
    pub(crate) fn of_table(layout: &TableLayout) -> Self {
        Self::new(layout.index_columns(), layout.date_columns())
    }

    /// Of batches that have the group's columns, and the dates, at these places.
    fn new(group: Vec<usize>, dates: Vec<usize>) -> Self {
        let scope = group[..group.len().saturating_sub(1)].to_vec();
        Self { groups: GroupHasher::new(group), scopes: ScopeCounter::new(scope, dates) }
    }

    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        self.groups.add(batch);
        self.scopes.add(batch);
    }

    pub(crate) fn finish(self) -> FileSummary {
        FileSummary { scopes: self.scopes.finish(), groups: self.groups.finish(), ..FileSummary::default() }
    }
}

/// The bounds of a file's instants; `None` where its footer does not say.
fn instants(reader: &TableFileReader) -> Option<BTreeMap<String, (i64, i64)>> {
    let mut all = BTreeMap::new();
    for field in reader.schema().fields() {
        if !matches!(field.data_type(), DataType::Timestamp(..)) {
            continue;
        }
        let leaf = reader.leaf(field.name())?;
        for group in reader.metadata().row_groups() {
            if let Some((least, greatest)) = instant_bounds(group, leaf)? {
                let bounds = all.entry(field.name().clone()).or_insert((least, greatest));
                *bounds = (bounds.0.min(least), bounds.1.max(greatest));
            }
        }
    }
    Some(all)
}

/// The nulls of a file's columns of instants; `None` where its footer does not say.
fn nulls(reader: &TableFileReader) -> Option<BTreeMap<String, u64>> {
    let fields = reader.schema().fields().iter();
    let of_instants = fields.filter(|field| matches!(field.data_type(), DataType::Timestamp(..)));
    let counted = of_instants.map(|field| {
        let leaf = reader.leaf(field.name())?;
        let groups = reader.metadata().row_groups().iter();
        let nulls: Option<u64> = groups.map(|group| null_count(group, leaf)).sum();
        Some((field.name().clone(), nulls?))
    });
    counted.collect()
}

/// A partition by the name of its file.
mod by_name {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::table::partition::Partition;

    pub(super) fn serialize<S: Serializer>(partition: &Partition, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&partition.file())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Partition, D::Error> {
        let name = String::deserialize(deserializer)?;
        Partition::parse(&name).ok_or_else(|| de::Error::custom(format!("`{name}` is no table file")))
    }
}
