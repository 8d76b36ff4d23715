//! Columns that a column is made from: of the same row, or of rows below.

use indexmap::IndexMap;

use crate::ColumnType;
use crate::config_error::{ConfigError, did_you_mean};
use crate::config_text::ConfigText;
use crate::schema::{ColumnSource, StreamSchema, Table};

/// Columns that are named by a template, `listed`, `least` or `greatest` are mapped, and of the right type.
pub(super) fn check(
    config: &ConfigText<'_>,
    schema: &StreamSchema,
    tables: &IndexMap<String, Table>,
) -> Result<(), ConfigError> {
    for mapping in &schema.mappings {
        for (name, column) in &mapping.columns {
            let at = [mapping.table.as_str(), "columns", name.as_str()];
            match &column.source {
                ColumnSource::Least { table, column } | ColumnSource::Greatest { table, column } => {
                    let below = schema.mappings.iter().find(|other| other.table == *table);
                    let is_below = below.is_some_and(|below| {
                        below.rows != mapping.rows && below.rows.strip(&mapping.rows).is_some()
                    });
                    let is_time = tables
                        .get(table)
                        .and_then(|table| table.columns.get(column))
                        .is_some_and(|column| column.column_type == ColumnType::Timestamp);
                    let is_mapped = below.is_some_and(|below| below.columns.contains_key(column));
                    if !(is_below && is_time && is_mapped) {
                        return Err(config.error(
                            &at,
                            format!("`{table}.{column}` is no mapped timestamp of rows below this one"),
                        ));
                    }
                }
                ColumnSource::Template(template) => {
                    for word in template.names() {
                        let source = mapping.columns.get(word).map(|column| &column.source);
                        if !matches!(
                            source,
                            Some(
                                ColumnSource::Index(_)
                                    | ColumnSource::At { .. }
                                    | ColumnSource::Page { .. }
                                    | ColumnSource::Position
                                    | ColumnSource::Key(_)
                                    | ColumnSource::Param(_)
                            )
                        ) {
                            return Err(config
                                .error(&at, format!("`{{{word}}}` is no mapped column of this table"))
                                .with_hint(did_you_mean(word, mapping.columns.keys().map(String::as_str))));
                        }
                    }
                }
                ColumnSource::Listed { by } if !mapping.columns.contains_key(by) => {
                    return Err(config
                        .error(&at, format!("`{by}` is no mapped column of this table"))
                        .with_hint(did_you_mean(by, mapping.columns.keys().map(String::as_str))));
                }
                _ => {}
            }
        }
    }
    Ok(())
}
