//! One mapping: `rows`, `replace`, `extra_base`, and that its columns are those of the table.

use indexmap::IndexMap;

use super::column;
use crate::PointerStep;
use crate::config_error::{ConfigError, did_you_mean};
use crate::config_text::ConfigText;
use crate::schema::written::MappingWritten;
use crate::schema::{ColumnMapping, ColumnSource, Mapping, Table};

/// The mapping of a table.
pub(super) fn mapping(
    config: &ConfigText<'_>,
    table: &Table,
    written: &MappingWritten,
) -> Result<Mapping, ConfigError> {
    let name = table.name.as_str();
    if !written.rows.is_root() && written.rows.steps().last() != Some(&PointerStep::Each) {
        return Err(config
            .error(&[name, "rows"], "`rows` ends with `*`, one row for each element")
            .with_hint(Some(format!("write `{}/*`", written.rows))));
    }
    let mut columns = IndexMap::new();
    for (column, mapping) in &written.columns {
        let at = [name, "columns", column.as_str()];
        let Some(found) = table.columns.get(column) else {
            return Err(config
                .error(&at, format!("`{column}` is no column of the table {name}"))
                .with_hint(did_you_mean(column, table.columns.keys().map(String::as_str))));
        };
        if column == Table::EXTRA || Table::is_lineage(column) {
            return Err(config.error(&at, format!("`{column}` is filled for every row and takes no mapping")));
        }
        columns.insert(column.clone(), column::column(config, &at, &written.rows, found, mapping)?);
    }
    for required in table.columns.iter().filter(|(_, column)| column.required).map(|(name, _)| name) {
        if !columns.contains_key(required) && !Table::is_lineage(required) {
            return Err(
                config.error(&[name, "columns"], format!("the required column `{required}` is not mapped"))
            );
        }
    }
    check_replace(config, table, &written.replace, &columns)?;
    if written.extra_base.has_each() {
        return Err(
            config.error(&[name, "extra_base"], "`extra_base` names one block; `*` has no meaning here")
        );
    }
    if let Some(place) = written.bare_element.as_ref().filter(|place| place.has_each()) {
        return Err(config.error(
            &[name, "bare_element"],
            format!("`bare_element: {place}` names one place; `*` has no meaning here"),
        ));
    }
    Ok(Mapping {
        table: name.to_owned(),
        rows: written.rows.clone(),
        replace: written.replace.clone(),
        extra_base: written.extra_base.clone(),
        bare_element: written.bare_element.clone(),
        columns,
    })
}

/// True for a column that is filled from the whole record.
fn is_of_record(columns: &IndexMap<String, ColumnMapping>, column: &str) -> bool {
    let source = columns.get(column).map(|mapping| &mapping.source);
    matches!(source, Some(ColumnSource::At { from, .. }) if from.is_root())
}

/// `replace` names columns of the key that are known of a whole record.
fn check_replace(
    config: &ConfigText<'_>,
    table: &Table,
    replace: &[String],
    columns: &IndexMap<String, ColumnMapping>,
) -> Result<(), ConfigError> {
    let name = table.name.as_str();
    for column in replace {
        match columns.get(column).map(|mapping| &mapping.source) {
            Some(ColumnSource::Param(_)) => {}
            Some(ColumnSource::At { from, .. }) if from.is_root() => {}
            // Beside a column of the record, so that the records of a page do not replace each other's rows.
            Some(ColumnSource::Page { .. }) if replace.iter().any(|column| is_of_record(columns, column)) => {
            }
            _ => {
                return Err(config
                    .error(&[name, "replace"], format!("`{column}` is not known of the whole record"))
                    .with_hint(Some(
                        "`replace` takes columns filled from a param or `from: record`".into(),
                    )));
            }
        }
        if !table.key.contains(column) {
            return Err(config.error(&[name, "replace"], format!("`{column}` is not in the table's key")));
        }
    }
    Ok(())
}
