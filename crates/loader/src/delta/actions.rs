//! The lines of a version: what it does to the table. Names and shapes are those of the Delta protocol.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What stands in `engineInfo` of all our versions.
pub(crate) const ENGINE: &str = "convolake";
/// The operation of a version that takes the table over from whoever has changed it.
pub(crate) const REBUILD: &str = "REBUILD";

/// What a version says under this name: by pipeline, the digest of what its commit says of the table.
pub(crate) const DIGESTS: &str = "tableDigests";

/// One line of a version, or one row of a checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Action {
    CommitInfo(CommitInfo),
    Protocol(Protocol),
    MetaData(MetaData),
    Txn(Txn),
    Remove(Remove),
    Add(Add),
    /// Of a kind that changes no rows, or that tables without features do not have.
    #[serde(skip)]
    Other,
}

/// Who has written a version, and why.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CommitInfo {
    /// Milliseconds since 1970.
    pub(crate) timestamp: i64,
    pub(crate) operation: String,
    pub(crate) operation_parameters: Value,
    pub(crate) engine_info: String,
    /// Tells the version of one run from those of all others.
    pub(crate) txn_id: String,
}

impl CommitInfo {
    /// The digest of what this pipeline's commit says of the table; `None` where the version is not about the pipeline.
    pub(crate) fn digest_of(&self, pipeline: &str) -> Option<String> {
        let digests: BTreeMap<String, String> =
            serde_json::from_str(self.operation_parameters.get(DIGESTS)?.as_str()?).ok()?;
        digests.get(pipeline).cloned()
    }
}

/// What a reader and a writer must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Protocol {
    pub(crate) min_reader_version: i32,
    pub(crate) min_writer_version: i32,
}

impl Protocol {
    /// That of tables without features.
    pub(crate) const OURS: Self = Self { min_reader_version: 1, min_writer_version: 2 };
}

/// The table's columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetaData {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) format: Format,
    pub(crate) schema_string: String,
    pub(crate) partition_columns: Vec<String>,
    #[serde(default)]
    pub(crate) configuration: BTreeMap<String, String>,
    /// Milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created_time: Option<i64>,
}

/// The format of the table's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Format {
    pub(crate) provider: String,
    #[serde(default)]
    pub(crate) options: BTreeMap<String, String>,
}

impl Format {
    pub(crate) fn parquet() -> Self {
        Self { provider: "parquet".to_owned(), options: BTreeMap::new() }
    }
}

/// How far an application has come; here, a pipeline and the number of its commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Txn {
    pub(crate) app_id: String,
    pub(crate) version: u64,
    /// Milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_updated: Option<i64>,
}

/// A file that is of the table from this version on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Add {
    /// Below the table's folder.
    pub(crate) path: String,
    pub(crate) partition_values: BTreeMap<String, Option<String>>,
    pub(crate) size: u64,
    /// Milliseconds since 1970.
    pub(crate) modification_time: i64,
    pub(crate) data_change: bool,
    /// JSON in a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stats: Option<String>,
}

/// A file that is of the table no more from this version on. It stays for readers of earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Remove {
    pub(crate) path: String,
    /// Milliseconds since 1970.
    #[serde(default)]
    pub(crate) deletion_timestamp: Option<i64>,
    pub(crate) data_change: bool,
    #[serde(default)]
    pub(crate) extended_file_metadata: Option<bool>,
    #[serde(default)]
    pub(crate) partition_values: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    pub(crate) size: Option<u64>,
}

impl Add {
    /// Takes the file out of the table.
    pub(crate) fn removed_at(&self, timestamp_ms: i64) -> Remove {
        Remove {
            path: self.path.clone(),
            deletion_timestamp: Some(timestamp_ms),
            data_change: true,
            extended_file_metadata: Some(true),
            partition_values: Some(self.partition_values.clone()),
            size: Some(self.size),
        }
    }
}

impl Action {
    /// True where it changes which rows the table has, or how they are read.
    pub(crate) fn changes_table(&self) -> bool {
        matches!(self, Self::Protocol(_) | Self::MetaData(_) | Self::Remove(_) | Self::Add(_))
    }

    /// Reads an object of one member: the action's kind, and the action.
    pub(crate) fn from_json(mut object: Map<String, Value>) -> Result<Self, serde_json::Error> {
        object.retain(|_, value| !value.is_null());
        let Some((kind, action)) = object.into_iter().next() else { return Ok(Self::Other) };
        Ok(match kind.as_str() {
            "commitInfo" => Self::CommitInfo(serde_json::from_value(action).unwrap_or_default()),
            "protocol" => Self::Protocol(serde_json::from_value(action)?),
            "metaData" => Self::MetaData(serde_json::from_value(action)?),
            "txn" => Self::Txn(serde_json::from_value(action)?),
            "remove" => Self::Remove(serde_json::from_value(action)?),
            "add" => Self::Add(serde_json::from_value(action)?),
            _ => Self::Other,
        })
    }
}

/// Reads the lines of a version.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Action>, serde_json::Error> {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.map(|line| Action::from_json(serde_json::from_slice(line)?)).collect()
}

/// The lines of a version.
pub(crate) fn write(actions: &[Action]) -> Result<Vec<u8>, serde_json::Error> {
    let mut lines = Vec::new();
    for action in actions {
        serde_json::to_writer(&mut lines, action)?;
        lines.push(b'\n');
    }
    Ok(lines)
}
