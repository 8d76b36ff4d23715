//! Exactly one of `at`, `param`, `index`, `template`, `count`, `least`, `greatest`, `listed`, `position`, `key`.

use super::{at, beside};
use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::schema::ColumnSource;
use crate::schema::written::ColumnMappingWritten;
use crate::{ColumnType, Pointer};

/// Where the value of a column comes from.
pub(super) fn source(
    config: &ConfigText<'_>,
    at: &[&str],
    rows: &Pointer,
    written: &ColumnMappingWritten,
    column_type: ColumnType,
) -> Result<ColumnSource, ConfigError> {
    let mut sources = Vec::new();
    if let Some(candidates) = &written.at {
        sources.push(at::at(config, at, rows, candidates, written, column_type)?);
    }
    if let Some(param) = &written.param {
        sources.push(ColumnSource::Param(param.clone()));
    }
    if let Some(array) = &written.index {
        let element = array.join(&Pointer::parse("/*").unwrap_or_default());
        if rows.strip(&element).is_none() {
            return Err(config.error(at, format!("rows at `{rows}` do not stand in an array `{array}`")));
        }
        sources.push(ColumnSource::Index(element));
    }
    if let Some(template) = &written.template {
        sources.push(ColumnSource::Template(template.clone()));
    }
    if let Some(array) = &written.count {
        if array.has_each() {
            return Err(config
                .error(at, format!("`count: {array}` names one array or object; `*` has no meaning here"))
                .with_hint(Some("give the elements a table of their own, and count in its rows".into())));
        }
        sources.push(ColumnSource::Count(array.clone()));
    }
    if let Some(text) = &written.least {
        let (table, column) = table_column(config, at, text)?;
        sources.push(ColumnSource::Least { table, column });
    }
    if let Some(text) = &written.greatest {
        let (table, column) = table_column(config, at, text)?;
        sources.push(ColumnSource::Greatest { table, column });
    }
    if let Some(by) = &written.listed {
        sources.push(ColumnSource::Listed { by: by.clone() });
    }
    if let Some(text) = &written.position {
        sources.push(beside::position(config, at, text)?);
    }
    if let Some(text) = &written.key {
        sources.push(beside::key(config, at, rows, text)?);
    }
    let hint = "one of: at, param, index, template, count, least, greatest, listed, position, key";
    match (sources.pop(), sources.is_empty()) {
        (Some(source), true) => Ok(source),
        (None, _) => {
            Err(config.error(at, "nothing says where the value comes from").with_hint(Some(hint.into())))
        }
        (Some(_), false) => Err(config
            .error(at, "more than one thing says where the value comes from")
            .with_hint(Some(hint.into()))),
    }
}

/// The two names of `table.column`.
fn table_column(config: &ConfigText<'_>, at: &[&str], text: &str) -> Result<(String, String), ConfigError> {
    match text.split_once('.') {
        Some((table, column)) => Ok((table.to_owned(), column.to_owned())),
        None => Err(config.error(at, format!("`{text}` is no `table.column`"))),
    }
}
