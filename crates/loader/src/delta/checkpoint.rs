//! A checkpoint: one Parquet file that says what all versions up to its own say together, a row for each action.
//!
//! Java readers have stumbled over a column index in it (trino#18760) and over `"parts": 1` in what points to it (trino#26148); ours has
//! neither.

use std::sync::Arc;

use arrow_array::{Array, RecordBatch, StructArray};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use serde_json::{Value, json};

use crate::delta::actions::{Action, Txn};
use crate::delta::cells;
use crate::delta::state::TableState;

/// Versions from one checkpoint to the next: what a reader reads at most beside a checkpoint.
pub(crate) const INTERVAL: u64 = 10;
/// How long files of earlier versions stay for their readers, in milliseconds: a week, as usual in Delta.
pub(crate) const KEPT_MS: i64 = 7 * 24 * 3_600_000;

/// A checkpoint, and what points to it.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    pub(crate) parquet: Bytes,
    /// The content of `_last_checkpoint`.
    pub(crate) pointer: Bytes,
}

/// The checkpoint of a table's newest version, at this time in milliseconds since 1970.
pub(crate) fn write(state: &TableState, now_ms: i64) -> Result<Checkpoint, ParquetError> {
    let rows = rows(state, now_ms).map_err(|error| ParquetError::External(error.into()))?;
    let schema = Schema::new(columns());
    let values: Vec<Option<&Value>> = rows.iter().map(Some).collect();
    let array = cells::column(&DataType::Struct(schema.fields.clone()), &values)?;
    let structs = array.as_any().downcast_ref::<StructArray>().cloned();
    let structs =
        structs.ok_or_else(|| ArrowError::SchemaError("a checkpoint is made of actions".to_owned()))?;
    let batch = RecordBatch::from(structs);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.close()?;
    let pointer = json!({
        "version": state.version,
        "size": rows.len(),
        "sizeInBytes": bytes.len(),
        "numOfAddFiles": state.files.len(),
    });
    Ok(Checkpoint { parquet: bytes.into(), pointer: pointer.to_string().into() })
}

/// Reads the actions of a checkpoint.
pub(crate) fn read(bytes: Bytes) -> Result<Vec<Action>, ParquetError> {
    let mut actions = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(bytes)?.build()? {
        let rows = StructArray::from(batch?);
        for row in 0..rows.len() {
            let Value::Object(object) = cells::value(&rows, row) else { continue };
            let action = Action::from_json(object).map_err(|error| ParquetError::External(error.into()))?;
            actions.push(action);
        }
    }
    Ok(actions)
}

fn rows(state: &TableState, now_ms: i64) -> Result<Vec<Value>, serde_json::Error> {
    let of_commit = |(app_id, (version, last_updated)): (&String, &(u64, Option<i64>))| {
        Action::Txn(Txn { app_id: app_id.clone(), version: *version, last_updated: *last_updated })
    };
    let is_kept = |deleted: Option<i64>| deleted.is_some_and(|deleted| deleted > now_ms - KEPT_MS);
    let removed = state.removed.values().filter(|remove| is_kept(remove.deletion_timestamp));
    // In a checkpoint, an action changes nothing any more.
    let removed = removed.map(|remove| {
        let mut remove = remove.clone();
        remove.data_change = false;
        Action::Remove(remove)
    });
    let added = state.files.values().map(|add| {
        let mut add = add.clone();
        add.data_change = false;
        Action::Add(add)
    });
    let head = state.protocol.clone().map(Action::Protocol).into_iter();
    let head = head.chain(state.metadata.clone().map(Action::MetaData));
    let all = head.chain(state.commits.iter().map(of_commit)).chain(removed).chain(added);
    all.map(serde_json::to_value).collect()
}

/// The columns: one for each kind of action.
fn columns() -> Fields {
    let field = |name: &str, data_type: DataType| Field::new(name, data_type, true);
    let text = |name: &str| field(name, DataType::Utf8);
    let whole = |name: &str| field(name, DataType::Int64);
    let flag = |name: &str| field(name, DataType::Boolean);
    let map = |name: &str| field(name, cells::map_type());
    let of = |name: &str, fields: Vec<Field>| Arc::new(field(name, DataType::Struct(fields.into())));
    let format = field("format", DataType::Struct(vec![text("provider"), map("options")].into()));
    [
        of("txn", vec![text("appId"), whole("version"), whole("lastUpdated")]),
        of(
            "add",
            vec![
                text("path"),
                map("partitionValues"),
                whole("size"),
                whole("modificationTime"),
                flag("dataChange"),
                text("stats"),
            ],
        ),
        of(
            "remove",
            vec![
                text("path"),
                whole("deletionTimestamp"),
                flag("dataChange"),
                flag("extendedFileMetadata"),
                map("partitionValues"),
                whole("size"),
            ],
        ),
        of(
            "metaData",
            vec![
                text("id"),
                text("name"),
                format,
                text("schemaString"),
                field("partitionColumns", cells::list_type()),
                map("configuration"),
                whole("createdTime"),
            ],
        ),
        of(
            "protocol",
            vec![field("minReaderVersion", DataType::Int32), field("minWriterVersion", DataType::Int32)],
        ),
    ]
    .into_iter()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::actions::{Add, Format, MetaData, Protocol, Remove};

    fn state() -> TableState {
        let mut state = TableState { version: 20, ..TableState::default() };
        let add = |path: &str, month: Option<&str>| Add {
            path: path.into(),
            partition_values: [("month".to_owned(), month.map(str::to_owned))].into(),
            size: 7,
            modification_time: 5,
            data_change: false,
            stats: month.map(|_| r#"{"numRecords":3}"#.to_owned()),
        };
        state.take(Action::Protocol(Protocol::OURS));
        state.take(Action::MetaData(MetaData {
            id: "x".into(),
            name: Some("messages".into()),
            format: Format::parquet(),
            schema_string: "{}".into(),
            partition_columns: vec!["source".into(), "month".into()],
            configuration: [].into(),
            created_time: Some(1),
        }));
        state.take(Action::Txn(Txn { app_id: "convolake/a".into(), version: 9, last_updated: Some(3) }));
        state.take(Action::Add(add("a", Some("2025-04"))));
        state.take(Action::Add(add("b", None)));
        let removed: Remove = add("c", None).removed_at(KEPT_MS);
        state.take(Action::Remove(Remove { data_change: false, ..removed }));
        state
    }

    /// `delta-io/delta#687`: a null value of a partition that was lost in the checkpoint.
    #[test]
    fn a_checkpoint_reads_back_without_what_is_long_gone() {
        let mut state = state();
        for (now_ms, n_removed) in [(0, 1), (2 * KEPT_MS, 0)] {
            let Checkpoint { parquet, pointer } = write(&state, now_ms).unwrap();
            let mut found = TableState { version: 20, ..TableState::default() };
            read(parquet).unwrap().into_iter().for_each(|action| found.take(action));
            assert_eq!(found.removed.len(), n_removed);
            state.removed.retain(|_, _| n_removed > 0);
            assert_eq!(found, state);
            assert!(!String::from_utf8_lossy(&pointer).contains("parts"));
        }
    }

    /// `trino#18760`: "Unable to read Delta Lake table with checkpoint containing column index".
    #[test]
    fn a_checkpoint_has_no_column_index() {
        let Checkpoint { parquet, .. } = write(&state(), 0).unwrap();
        let builder = ParquetRecordBatchReaderBuilder::try_new(parquet).unwrap();
        for column in builder.metadata().row_groups().iter().flat_map(|group| group.columns()) {
            assert_eq!((column.column_index_offset(), column.offset_index_offset()), (None, None));
        }
    }
}
