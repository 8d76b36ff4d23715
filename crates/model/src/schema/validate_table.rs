//! Tables as written become ones that are checked.

use indexmap::IndexMap;

use crate::config_error::{ConfigError, did_you_mean};
use crate::config_text::ConfigText;
use crate::schema::checks::{self, Columns, checks};
use crate::schema::reserved_names;
use crate::schema::table::{DateColumns, Repeats, Table, TableColumn};
use crate::schema::written::{PartitionWritten, TableColumnWritten, TableWritten};
use crate::{ColumnType, PartitionBy, Partitions, yaml};

pub(super) fn table(name: &str, file: &str, text: &str) -> Result<Table, ConfigError> {
    let place = ConfigText { file, text, overrides: &[] };
    let written: TableWritten = yaml::parse(file, text)?;
    reserved_names::table(&place, name)?;
    reserved_names::columns(&place, &written.columns)?;
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
    let (by, date) = partition(&place, &written.partition)?;
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
    if let Some(column) = &written.changed_at
        && known("changed_at", column)?.column_type != ColumnType::Timestamp
    {
        return Err(place.error(
            &["changed_at"],
            format!("`{column}` is no timestamp, so it does not say when a record changed"),
        ));
    }
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
    let columns =
        written.columns.iter().map(|(name, written)| Ok((name.clone(), column(&place, name, written)?)));
    let columns = columns.collect::<Result<_, ConfigError>>()?;
    let of_table = Columns::OfTable {
        types: written.columns.iter().map(|(name, column)| (name.as_str(), column.column_type)).collect(),
        references: &written.references,
    };
    let checks = checks(&place, &of_table, &written.checks)?;
    let group = match written.group {
        Some(group) => checked_group(&place, &written.key, group)?,
        None => Table::usual_group(&written.key).to_vec(),
    };
    Ok(Table {
        name: name.to_owned(),
        doc: written.doc,
        columns,
        key: written.key,
        date: DateColumns(date),
        partitions: Partitions::Asked(by),
        order,
        group,
        changed_at: written.changed_at,
        references: written.references,
        checks,
    })
}

/// How long a stretch of dates a partition is, and the columns the date is taken from.
fn partition(
    place: &ConfigText<'_>,
    written: &PartitionWritten,
) -> Result<(PartitionBy, Vec<String>), ConfigError> {
    match (&written.month, &written.date) {
        (Some(columns), None) => Ok((PartitionBy::Month, columns.to_vec())),
        (None, Some(columns)) => Ok((PartitionBy::Day, columns.to_vec())),
        (Some(_), Some(_)) | (None, None) => {
            let hint = "`{ month: sent_at }` for a partition a month, `{ date: sent_at }` for one a day";
            Err(place
                .error(&["partition"], "a table has one kind of partition")
                .with_hint(Some(format!("write {hint}"))))
        }
    }
}

pub(super) fn references(
    table: &mut Table,
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
    checks::references(&place, &mut table.checks, tables)
}

fn column(
    place: &ConfigText<'_>,
    name: &str,
    written: &TableColumnWritten,
) -> Result<TableColumn, ConfigError> {
    let is_text = matches!(written.column_type, ColumnType::String | ColumnType::Json);
    if written.repeats.is_some() && !is_text {
        return Err(place.error(&["columns", name], "`repeats` is for columns of type string or json"));
    }
    // No two JSON values are alike, or so few that it is not worth looking for them.
    let usual = if written.column_type == ColumnType::Json { Repeats::Rarely } else { Repeats::Often };
    Ok(TableColumn {
        column_type: written.column_type,
        required: written.required,
        repeats: written.repeats.unwrap_or(usual),
        doc: written.doc.clone(),
    })
}

fn checked_group(
    place: &ConfigText<'_>,
    key: &[String],
    group: Vec<String>,
) -> Result<Vec<String>, ConfigError> {
    if let Some(column) = group.iter().find(|column| !key.contains(column)) {
        return Err(place
            .error(&["group"], format!("`{column}` is not in the table's key"))
            .with_hint(did_you_mean(column, key.iter().map(String::as_str))));
    }
    if group.is_empty() {
        return Err(place
            .error(&["group"], "a group needs a column")
            .with_hint(Some("name columns of the key, or leave `group` out".into())));
    }
    Ok(group)
}
