//! A file of a table or mart, and what is known of it without opening it.

use std::collections::BTreeMap;

use convolake_loader::{LiveFile, LoadError, SeenVersion};
use convolake_model::PartitionBy;

/// A Parquet file of a table or mart.
#[derive(Debug, Clone)]
pub(crate) struct LakeFile {
    /// Its name within the lake, with `/` between its segments.
    pub(crate) name: String,
    /// The pipeline whose rows it holds: the value of `source`.
    pub(crate) source: String,
    /// Whether its partition is a day or a month.
    pub(crate) partition_by: PartitionBy,
    /// The partition's value, as in `2025-04-15` or `2025-04`; `None` for rows without a date.
    pub(crate) partition: Option<String>,
    /// The days it is of, from the first to the one behind the last, in days since 1970-01-01.
    pub(crate) days: Option<std::ops::Range<i32>>,
    /// Its rows; `None` where that is not known.
    pub(crate) rows: Option<u64>,
    /// Its size in bytes; `None` where that is not known.
    pub(crate) bytes: Option<u64>,
    /// The SHA-256 of its content, in hexadecimal digits; `None` where that is not known.
    pub(crate) sha256: Option<String>,
    /// Least and greatest instant of columns, in microseconds.
    pub(crate) instants: BTreeMap<String, (i64, i64)>,
    /// The file as the loader knows it.
    pub(crate) live: LiveFile,
}

impl LakeFile {
    /// The file of a table of a pipeline.
    pub(crate) fn of_live(source: &str, live: LiveFile) -> Self {
        Self {
            name: live.name.clone(),
            source: source.to_owned(),
            partition_by: live.partition_by,
            partition: live.partition.clone(),
            days: live.days.clone(),
            rows: live.rows,
            bytes: live.bytes,
            sha256: live.sha256.clone(),
            instants: live.instants.clone().unwrap_or_default(),
            live,
        }
    }

    /// The month of its rows, as in `2025-04`; `None` for rows without a date.
    pub(crate) fn month(&self) -> Option<&str> {
        self.partition.as_deref().and_then(|value| value.get(..7))
    }

    /// Looks whether what stands under its name is what the commit names.
    ///
    /// # Errors
    /// It is not, and no run has replaced it since; the store's refusal.
    pub(crate) fn check(&self) -> Result<SeenVersion, LoadError> {
        self.live.check()
    }
}
