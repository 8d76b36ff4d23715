//! Tables as written become ones that nothing downstream has to check again.

use indexmap::IndexMap;

use super::table::{DateColumns, Table, TableColumn};
use super::written::TableWritten;
use crate::config_error::{ConfigError, did_you_mean};
use crate::config_text::ConfigText;
use crate::{ColumnType, yaml};

/// Reads and validates a table file.
pub(super) fn table(name: &str, file: &str, text: &str) -> Result<Table, ConfigError> {
    let place = ConfigText { file, text, overrides: &[] };
    let written: TableWritten = yaml::parse(file, text)?;
    let known = |field: &'static str, column: &String| match written.columns.get(column) {
        Some(found) => Ok(found),
        None => Err(place
            .error(&[field], format!("`{column}` is no column of this table"))
            .with_hint(did_you_mean(column, written.columns.keys().map(String::as_str)))),
    };
    if written.key.is_empty() {
        return Err(place.error(&["key"], "a table needs a key: the columns that identify a row"));
    }
    for column in &written.key {
        let found = known("key", column)?;
        if !found.required
            || !matches!(found.column_type, ColumnType::String | ColumnType::Int64 | ColumnType::Int32)
        {
            return Err(place
                .error(&["columns", column], format!("`{column}` stands in the key"))
                .with_hint(Some("a key column is `required: true` and a string, int32 or int64".into())));
        }
    }
    let date = written.partition.date.to_vec();
    for column in &date {
        if known("partition", column)?.column_type != ColumnType::Timestamp {
            return Err(place.error(&["partition"], format!("`{column}` is no timestamp, so it has no date")));
        }
    }
    let mut order = written.order.clone();
    for column in &order {
        known("order", column)?;
    }
    order.extend(written.key.iter().filter(|column| !written.order.contains(column)).cloned());
    for column in written.references.values().flatten() {
        known("references", column)?;
    }
    for (column, expected) in [
        (Table::EXTRA, ColumnType::Json),
        (Table::FETCHED_AT, ColumnType::Timestamp),
        (Table::PAGE, ColumnType::String),
    ] {
        if written.columns.get(column).is_none_or(|found| found.column_type != expected) {
            return Err(place
                .error(&["columns"], format!("every table has a column `{column}` of its own"))
                .with_hint(Some(format!(
                    "add `{column}: {{ type: {} }}`",
                    format!("{expected:?}").to_lowercase()
                ))));
        }
    }
    let columns = written
        .columns
        .iter()
        .map(|(name, column)| {
            let column = TableColumn {
                column_type: column.column_type,
                required: column.required,
                doc: column.doc.clone(),
            };
            (name.clone(), column)
        })
        .collect();
    Ok(Table {
        name: name.to_owned(),
        doc: written.doc,
        columns,
        key: written.key,
        date: DateColumns(date),
        order,
        references: written.references,
    })
}

/// Checks that the tables a table refers to exist, and have keys of these types.
pub(super) fn references(
    table: &Table,
    file: &str,
    text: &str,
    tables: &IndexMap<String, Table>,
) -> Result<(), ConfigError> {
    let place = ConfigText { file, text, overrides: &[] };
    for (name, columns) in &table.references {
        let wrong = |message| place.error(&["references", name.as_str()], message);
        let Some(other) = tables.get(name) else {
            return Err(wrong(format!("`{name}` is no table"))
                .with_hint(did_you_mean(name, tables.keys().map(String::as_str))));
        };
        let types = |table: &Table, columns: &[String]| -> Vec<Option<ColumnType>> {
            columns.iter().map(|column| table.columns.get(column).map(|found| found.column_type)).collect()
        };
        if types(table, columns) != types(other, &other.key) {
            return Err(wrong(format!("these columns cannot hold the key of {name}")).with_hint(Some(
                format!("name one of the same type for each column of its key: [{}]", other.key.join(", ")),
            )));
        }
    }
    Ok(())
}
