//! A manifest: an object that lists the files of some adjacent partitions of a table.

use bytes::Bytes;
use convolake_batch::PhysicalType;
use serde::{Deserialize, Serialize};

use crate::error::DamageCause;
use crate::snapshot::entry::FileEntry;
use crate::snapshot::scope_counts::{self, ScopeCount};
use crate::storage::LakeStorage;
use crate::storage::digest::sha256;
use crate::table::expected_file::AsOf;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;
use crate::{LoadError, paths};

const ZSTD_LEVEL: i32 = 3;

/// A manifest as a commit names it, with what is told of its files without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestRef {
    /// The object: the number of the commit it was written for, and the SHA-256 of its bytes.
    pub name: String,
    /// The first table file it lists, by its name within the pipeline's folder of the table.
    pub first: String,
    /// The last one.
    pub last: String,
    /// The number of its files.
    pub files: u64,
    /// Their rows.
    pub rows: u64,
    /// Their size.
    pub bytes: u64,
    /// The size of the largest.
    pub largest: u64,
    /// Its own size before it is compressed.
    pub size: u64,
    /// Where all its files tell it: the columns of their scope and those that date their rows, and the rows by scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scopes: Option<ScopeSums>,
}

/// The rows of several files by their scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ScopeSums {
    pub(crate) scope: Vec<String>,
    pub(crate) dates: Vec<String>,
    pub(crate) counts: Vec<ScopeCount>,
}

/// The files of some adjacent partitions of a table, sorted by partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    #[serde(flatten)]
    pub(crate) columns: SummaryColumns,
    pub(crate) files: Vec<FileEntry>,
}

/// The columns that files are summed up by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SummaryColumns {
    /// Those of the group; those of the scope are these without the last.
    pub(crate) group: Vec<String>,
    /// True where these hold texts.
    pub(crate) are_texts: bool,
    /// Those that date a row.
    pub(crate) dates: Vec<String>,
}

impl SummaryColumns {
    pub(crate) fn of(layout: &TableLayout) -> Self {
        let group = layout.index_columns();
        let is_text = |column: &usize| layout.columns[*column].physical_type == PhysicalType::Text;
        Self {
            group: layout.names(&group),
            are_texts: group.iter().all(is_text),
            dates: layout.names(&layout.date_columns()),
        }
    }

    pub(crate) fn scope(&self) -> &[String] {
        &self.group[..self.group.len().saturating_sub(1)]
    }
}

impl ManifestRef {
    /// The first and the last partition it is about.
    pub(crate) fn range(&self) -> Option<(Partition, Partition)> {
        Some((Partition::parse(&self.first)?, Partition::parse(&self.last)?))
    }

    fn sha256(&self) -> &str {
        self.name.rsplit('-').next().unwrap_or_default()
    }
}

impl Manifest {
    /// Reads a manifest that a commit names.
    pub(crate) async fn read(
        lake: &LakeStorage,
        table: &str,
        named: &ManifestRef,
        as_of: &AsOf,
    ) -> Result<Self, LoadError> {
        let object = paths::manifest(&as_of.pipeline, table, &named.name);
        let Some(bytes) = lake.get(&object).await? else {
            return Err(as_of.fault(lake, &object, "is missing").await);
        };
        if sha256(&bytes) != named.sha256() {
            return Err(as_of.fault(lake, &object, "has another content").await);
        }
        let json = zstd::decode_all(bytes.as_ref()).map_err(|error| LoadError::damaged(&object, error))?;
        let manifest: Self =
            serde_json::from_slice(&json).map_err(|error| LoadError::damaged(&object, error))?;
        match manifest.files.is_sorted_by(|one, other| one.partition < other.partition) {
            true => Ok(manifest),
            false => Err(LoadError::damaged(&object, DamageCause::Content("its files are not in order"))),
        }
    }

    /// Writes a manifest for the commit of this number; it counts for nothing until that names it.
    pub(crate) async fn write(
        &self,
        lake: &LakeStorage,
        pipeline: &str,
        table: &str,
        seq: u64,
    ) -> Result<ManifestRef, LoadError> {
        let damaged = |error| LoadError::damaged("(a manifest)", error);
        let json = serde_json::to_vec(self).map_err(damaged)?;
        let failed = |error| LoadError::damaged("(a manifest)", DamageCause::Compression(error));
        let bytes = zstd::encode_all(json.as_slice(), ZSTD_LEVEL).map_err(failed)?;
        let name = format!("{seq:08}-{}", sha256(&bytes));
        lake.step("write a manifest")?;
        lake.create_own(&paths::manifest(pipeline, table, &name), Bytes::from(bytes)).await?;
        let file = |entry: Option<&FileEntry>| entry.map(|entry| entry.partition.file()).unwrap_or_default();
        let sum = |number: fn(&FileEntry) -> u64| self.files.iter().map(number).sum();
        Ok(ManifestRef {
            name,
            first: file(self.files.first()),
            last: file(self.files.last()),
            files: self.files.len() as u64,
            rows: sum(|entry| entry.rows),
            bytes: sum(|entry| entry.bytes),
            largest: self.files.iter().map(|entry| entry.bytes).max().unwrap_or_default(),
            size: json.len() as u64,
            scopes: self.scopes(),
        })
    }

    fn scopes(&self) -> Option<ScopeSums> {
        let add = |counts, entry: &FileEntry| scope_counts::sum(counts, entry.summary.scopes.as_ref()?);
        let counts = self.files.iter().try_fold(Vec::new(), add)?;
        let (scope, dates) = (self.columns.scope().to_vec(), self.columns.dates.clone());
        Some(ScopeSums { scope, dates, counts })
    }
}
