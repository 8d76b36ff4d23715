//! One column: where its value comes from, whether that fits its type, and the words beside it.

use super::{date_spelling, source};
use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::schema::written::ColumnMappingWritten;
use crate::schema::{ColumnMapping, ColumnSource, TableColumn, Texts};
use crate::{ColumnType, Pointer};

/// How the column of a row at `rows` is filled.
pub(super) fn column(
    config: &ConfigText<'_>,
    at: &[&str],
    rows: &Pointer,
    column: &TableColumn,
    written: &ColumnMappingWritten,
) -> Result<ColumnMapping, ConfigError> {
    let column_type = column.column_type;
    let mut source = source::source(config, at, rows, written, column_type)?;
    if let ColumnSource::At { texts, .. } | ColumnSource::Page { texts, .. } = &mut source {
        if written.only.is_some() && column_type != ColumnType::String {
            return Err(config.error(at, "`only: string` is for columns of type string"));
        }
        // A row is worth more than the type its id was sent in.
        if column.required && written.only.is_none() {
            *texts = Texts::AnyScalar;
        }
    }
    date_spelling::check(config, at, column_type, written)?;
    if !fits(&source, column_type) {
        return Err(config.error(at, format!("a column of type {column_type} cannot be filled so")));
    }
    let spelling = date_spelling::spelling(config, at, written)?;
    if !written.known.is_empty() && column_type != ColumnType::String {
        return Err(config.error(at, "`known` lists words of a column of type string"));
    }
    let known = written.known.iter().cloned().collect();
    Ok(ColumnMapping { source, spelling, known })
}

/// True where values of this source can be of this type.
fn fits(source: &ColumnSource, column_type: ColumnType) -> bool {
    match source {
        ColumnSource::Index(_) | ColumnSource::Count(_) | ColumnSource::Position => {
            matches!(column_type, ColumnType::Int32 | ColumnType::Int64)
        }
        ColumnSource::Template(_)
        | ColumnSource::Param(_)
        | ColumnSource::Listed { .. }
        | ColumnSource::Key(_) => column_type == ColumnType::String,
        ColumnSource::Least { .. } | ColumnSource::Greatest { .. } => column_type == ColumnType::Timestamp,
        ColumnSource::At { join, synonyms, .. } | ColumnSource::Page { join, synonyms, .. } => {
            let is_list = column_type == ColumnType::StringList;
            ((join.is_none() || is_list) && synonyms.is_none()) || column_type == ColumnType::String
        }
    }
}
