//! Tables and mappings as written become ones that the flattener and the loader need not check again.

mod table;

use indexmap::IndexMap;

use super::mapping::{ColumnMapping, ColumnSource, DateSpelling, Mapping, StreamSchema, Synonyms};
use super::table::{Table, TableColumn};
use super::written::{ColumnMappingWritten, MappingWritten, OneOrMany, StreamSchemaWritten};
use crate::config_error::{ConfigError, did_you_mean};
use crate::{ColumnType, Pointer, PointerStep, yaml};

pub(super) use table::{references, table};

struct Place<'a> {
    file: &'a str,
    text: &'a str,
}

impl Place<'_> {
    fn error(&self, path: &[&str], message: impl Into<String>) -> ConfigError {
        ConfigError::new(self.file, yaml::line_of(self.text, path), message)
    }
}

pub(super) fn stream_schema(
    file: &str,
    text: &str,
    tables: &IndexMap<String, Table>,
) -> Result<StreamSchema, ConfigError> {
    let place = Place { file, text };
    let written: StreamSchemaWritten = yaml::parse(file, text)?;
    let mut mappings = Vec::new();
    for (name, mapping) in &written.0 {
        let Some(table) = tables.get(name) else {
            return Err(place
                .error(&[name], format!("`{name}` is no table"))
                .with_hint(did_you_mean(name, tables.keys().map(String::as_str))));
        };
        mappings.push(self::mapping(&place, table, mapping)?);
    }
    if mappings.is_empty() {
        return Err(place.error(&[], "a schema needs at least one table"));
    }
    let schema = StreamSchema { mappings };
    check_levels(&place, &schema)?;
    check_aggregates(&place, &schema, tables)?;
    Ok(schema)
}

fn mapping(place: &Place<'_>, table: &Table, written: &MappingWritten) -> Result<Mapping, ConfigError> {
    let name = table.name.as_str();
    if !written.rows.is_root() && written.rows.steps().last() != Some(&PointerStep::Each) {
        return Err(place
            .error(&[name, "rows"], "`rows` ends with `*`, one row for each element")
            .with_hint(Some(format!("write `{}/*`", written.rows))));
    }
    let mut columns = IndexMap::new();
    for (column, mapping) in &written.columns {
        let at = [name, "columns", column.as_str()];
        let Some(found) = table.columns.get(column) else {
            return Err(place
                .error(&at, format!("`{column}` is no column of the table {name}"))
                .with_hint(did_you_mean(column, table.columns.keys().map(String::as_str))));
        };
        if column == Table::EXTRA || Table::is_lineage(column) {
            return Err(place.error(&at, format!("`{column}` is filled for every row and takes no mapping")));
        }
        columns.insert(column.clone(), self::column(place, &at, &written.rows, found, mapping)?);
    }
    for required in table.columns.iter().filter(|(_, column)| column.required).map(|(name, _)| name) {
        if !columns.contains_key(required) && !Table::is_lineage(required) {
            return Err(
                place.error(&[name, "columns"], format!("the required column `{required}` is not mapped"))
            );
        }
    }
    for column in &written.replace {
        match columns.get(column).map(|mapping| &mapping.source) {
            Some(ColumnSource::Param(_)) => {}
            Some(ColumnSource::At { from, .. }) if from.is_root() => {}
            _ => {
                return Err(place
                    .error(&[name, "replace"], format!("`{column}` is not known of the whole record"))
                    .with_hint(Some(
                        "`replace` takes columns filled from a param or `from: record`".into(),
                    )));
            }
        }
        if !table.key.contains(column) {
            return Err(place.error(&[name, "replace"], format!("`{column}` is not in the table's key")));
        }
    }
    if written.extra_base.has_each() {
        return Err(
            place.error(&[name, "extra_base"], "`extra_base` names one block; `*` has no meaning here")
        );
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

fn column(
    place: &Place<'_>,
    at: &[&str],
    rows: &Pointer,
    column: &TableColumn,
    written: &ColumnMappingWritten,
) -> Result<ColumnMapping, ConfigError> {
    let aggregate = |text: &str| match text.split_once('.') {
        Some((table, column)) => Ok((table.to_owned(), column.to_owned())),
        None => Err(place.error(at, format!("`{text}` is no `table.column`"))),
    };
    let mut sources = Vec::new();
    if let Some(candidates) = &written.at {
        sources.push(place_in_json(place, at, rows, candidates, written)?);
    }
    if let Some(param) = &written.param {
        sources.push(ColumnSource::Param(param.clone()));
    }
    if let Some(array) = &written.index {
        let element = array.join(&Pointer::parse("/*").unwrap_or_default());
        if rows.strip(&element).is_none() {
            return Err(place.error(at, format!("rows at `{rows}` do not stand in an array `{array}`")));
        }
        sources.push(ColumnSource::Index(element));
    }
    if let Some(template) = &written.template {
        sources.push(ColumnSource::Template(template.clone()));
    }
    if let Some(array) = &written.count {
        sources.push(ColumnSource::Count(array.clone()));
    }
    if let Some(text) = &written.least {
        let (table, column) = aggregate(text)?;
        sources.push(ColumnSource::Least { table, column });
    }
    if let Some(text) = &written.greatest {
        let (table, column) = aggregate(text)?;
        sources.push(ColumnSource::Greatest { table, column });
    }
    if let Some(by) = &written.listed {
        sources.push(ColumnSource::Listed { by: by.clone() });
    }
    let hint = "one of: at, param, index, template, count, least, greatest, listed";
    let source = match (sources.pop(), sources.is_empty()) {
        (Some(source), true) => source,
        (None, _) => {
            return Err(place
                .error(at, "nothing says where the value comes from")
                .with_hint(Some(hint.into())));
        }
        (Some(_), false) => {
            return Err(place
                .error(at, "more than one thing says where the value comes from")
                .with_hint(Some(hint.into())));
        }
    };
    let is_date = matches!(column.column_type, ColumnType::Timestamp | ColumnType::Date);
    if !is_date && (written.unit.is_some() || written.usual.is_some() || written.zone.is_some()) {
        return Err(place.error(at, "`unit`, `usual` and `zone` are for timestamps and dates"));
    }
    let fits = match &source {
        ColumnSource::Index(_) | ColumnSource::Count(_) => {
            matches!(column.column_type, ColumnType::Int32 | ColumnType::Int64)
        }
        ColumnSource::Template(_) | ColumnSource::Param(_) | ColumnSource::Listed { .. } => {
            column.column_type == ColumnType::String
        }
        ColumnSource::Least { .. } | ColumnSource::Greatest { .. } => {
            column.column_type == ColumnType::Timestamp
        }
        ColumnSource::At { join, synonyms, .. } => {
            (join.is_none() && synonyms.is_none()) || column.column_type == ColumnType::String
        }
    };
    if !fits {
        return Err(place.error(at, format!("a column of type {:?} cannot be filled so", column.column_type)));
    }
    let utc_offset_seconds = written.zone.as_deref().map_or(Ok(0), |zone| utc_offset(place, at, zone))?;
    let unit = written.unit.unwrap_or_default();
    if !written.known.is_empty() && column.column_type != ColumnType::String {
        return Err(place.error(at, "`known` lists words of a column of type string"));
    }
    let known = written.known.iter().cloned().collect();
    let spelling = DateSpelling { unit, usual: written.usual, utc_offset_seconds };
    Ok(ColumnMapping { source, spelling, known })
}

fn place_in_json(
    place: &Place<'_>,
    at: &[&str],
    rows: &Pointer,
    candidates: &OneOrMany<Pointer>,
    written: &ColumnMappingWritten,
) -> Result<ColumnSource, ConfigError> {
    let from = match written.from.as_deref() {
        None => rows.clone(),
        Some("record") => Pointer::root(),
        Some(text) => Pointer::parse(text).map_err(|message| place.error(at, message))?,
    };
    let encloses = from.is_root() || from.steps().last() == Some(&PointerStep::Each);
    if !encloses || rows.strip(&from).is_none() {
        return Err(place
            .error(at, format!("`from: {from}` does not enclose the rows at `{rows}`"))
            .with_hint(Some("write `record`, or a beginning of `rows` that ends with `*`".into())));
    }
    let list = candidates.to_vec();
    if list.is_empty() {
        return Err(place.error(at, "`at` needs at least one place"));
    }
    let eaches =
        |pointer: &Pointer| pointer.steps().iter().filter(|step| **step == PointerStep::Each).count();
    if list.iter().any(|pointer| eaches(pointer) > 1) {
        return Err(place.error(at, "`at` may hold one `*` at most"));
    }
    if list.iter().any(Pointer::has_each) != written.join.is_some() {
        return Err(place
            .error(at, "a place with `*` and `join` belong together")
            .with_hint(Some("write `join: \"\\n\"` beside a place such as /steps/*/text".into())));
    }
    let synonyms = match (&written.map, &written.otherwise) {
        (None, None) => None,
        (map, otherwise) => {
            Some(Synonyms { words: map.clone().unwrap_or_default(), otherwise: otherwise.clone() })
        }
    };
    Ok(ColumnSource::At {
        from,
        optional: matches!(candidates, OneOrMany::Many(_)),
        candidates: list,
        join: written.join.clone(),
        synonyms,
    })
}

/// Every array between the record and a table's rows has a table of its own, so that `extra` has a row to stand in.
fn check_levels(place: &Place<'_>, schema: &StreamSchema) -> Result<(), ConfigError> {
    for mapping in &schema.mappings {
        let steps = mapping.rows.steps();
        let mut above = vec![Pointer::root()];
        for (index, step) in steps.iter().enumerate() {
            if *step == PointerStep::Each && index + 1 < steps.len() {
                above.push(Pointer::of(&steps[..=index]));
            }
        }
        if mapping.rows.is_root() {
            continue;
        }
        for level in above {
            if !schema.mappings.iter().any(|other| other.rows == level) {
                let what = if level.is_root() { "the record".to_owned() } else { format!("`{level}`") };
                return Err(place
                    .error(
                        &[&mapping.table],
                        format!("{what} has no table, so its other fields would be lost"),
                    )
                    .with_hint(Some("add a table for it; it may map the key alone".into())));
            }
        }
    }
    for (index, mapping) in schema.mappings.iter().enumerate() {
        if schema.mappings[..index].iter().any(|other| other.rows == mapping.rows) {
            return Err(
                place.error(&[&mapping.table], format!("another table has its rows at `{}`", mapping.rows))
            );
        }
    }
    Ok(())
}

fn check_aggregates(
    place: &Place<'_>,
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
                        return Err(place.error(
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
                            Some(ColumnSource::Index(_) | ColumnSource::At { .. } | ColumnSource::Param(_))
                        ) {
                            return Err(place
                                .error(&at, format!("`{{{word}}}` is no mapped column of this table"))
                                .with_hint(did_you_mean(word, mapping.columns.keys().map(String::as_str))));
                        }
                    }
                }
                ColumnSource::Listed { by } if !mapping.columns.contains_key(by) => {
                    return Err(place
                        .error(&at, format!("`{by}` is no mapped column of this table"))
                        .with_hint(did_you_mean(by, mapping.columns.keys().map(String::as_str))));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// `+02:00` to seconds.
fn utc_offset(place: &Place<'_>, at: &[&str], zone: &str) -> Result<i32, ConfigError> {
    let bad = || place.error(at, format!("`{zone}` is no offset from UTC, as in `+02:00`"));
    if zone == "UTC" || zone == "Z" {
        return Ok(0);
    }
    let (sign, rest) = match (zone.strip_prefix('+'), zone.strip_prefix('-')) {
        (Some(rest), _) => (1, rest),
        (_, Some(rest)) => (-1, rest),
        _ => return Err(bad()),
    };
    let (hours, minutes) = rest.split_once(':').ok_or_else(bad)?;
    match (hours.parse::<i32>(), minutes.parse::<i32>()) {
        (Ok(hours @ 0..=14), Ok(minutes @ 0..=59)) => Ok(sign * (hours * 3600 + minutes * 60)),
        _ => Err(bad()),
    }
}
