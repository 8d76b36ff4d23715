//! What the lake knows of a listed stream: under which hash each conversation was last exported.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use convolake_loader::Lake;
use convolake_loader::LoadError;
use convolake_loader::PageRef;
use convolake_model::ColumnMapping;
use convolake_model::ColumnSource;
use convolake_model::Mapping;
use convolake_model::ParamSet;
use convolake_model::StreamSchema;
use convolake_model::Table;

use crate::project::rows_of_record::RowsOfRecord;

/// Ids and the hash each was last exported under, for rows of these params.
pub(crate) fn known(
    lake: &Lake,
    pipeline: &str,
    schema: &StreamSchema,
    params: &ParamSet,
) -> Result<BTreeMap<String, String>, LoadError> {
    let mut known = BTreeMap::new();
    let Some((mapping, column, by)) = listed_column(schema) else {
        return Ok(known);
    };
    let param_columns = param_columns(mapping, params);
    let columns: Vec<&str> =
        [by, column].into_iter().chain(param_columns.iter().map(|(name, _)| *name)).collect();
    for batch in lake.lookup(&mapping.table, pipeline, &[], &columns)? {
        let batch = batch?;
        let text = |name: &str| batch.column_by_name(name).and_then(|array| array.as_string_opt::<i32>());
        let (Some(ids), Some(hashes)) = (text(by), text(column)) else { continue };
        for row in 0..batch.num_rows() {
            let is_ours = param_columns.iter().all(|(name, value)| {
                text(name).is_some_and(|array| array.is_valid(row) && array.value(row) == *value)
            });
            if is_ours && ids.is_valid(row) && hashes.is_valid(row) {
                known.insert(ids.value(row).to_owned(), hashes.value(row).to_owned());
            }
        }
    }
    Ok(known)
}

/// Ids of the records with rows of these params that landed pages gave. One with a row of a flattened file is left out:
/// it is not for the source to say whether that is there.
pub(crate) fn landed_ids(
    lake: &Lake,
    pipeline: &str,
    rows_of_record: &[RowsOfRecord],
    params: &ParamSet,
) -> Result<BTreeSet<String>, LoadError> {
    let (mut landed, mut flattened) = (BTreeSet::new(), BTreeSet::new());
    // Who has rows in the others has one in these.
    for rows in rows_of_record.iter().filter(|rows| rows.is_one()) {
        let fixed = rows.param_columns(params);
        let columns: Vec<&str> =
            [rows.id_column(), Table::PAGE].into_iter().chain(fixed.iter().map(|(name, _)| *name)).collect();
        for batch in lake.lookup(&rows.table.name, pipeline, &[], &columns)? {
            let batch = batch?;
            let text = |name: &str| batch.column_by_name(name).and_then(|array| array.as_string_opt::<i32>());
            let (Some(ids), Some(pages)) = (text(rows.id_column()), text(Table::PAGE)) else { continue };
            let is_ours = |row: &usize| {
                fixed.iter().all(|(name, value)| text(name).is_some_and(|array| array.value(*row) == *value))
            };
            for row in (0..batch.num_rows()).filter(is_ours) {
                let ids_of = match PageRef::is_landed(pages.value(row), pipeline) {
                    true => &mut landed,
                    false => &mut flattened,
                };
                ids_of.insert(ids.value(row).to_owned());
            }
        }
    }
    landed.retain(|id| !flattened.contains(id));
    Ok(landed)
}

/// The columns of a mapping that hold a param, and its value.
pub(crate) fn param_columns<'a>(mapping: &'a Mapping, params: &'a ParamSet) -> Vec<(&'a str, &'a str)> {
    let of_param = |(name, column): (&'a String, &'a ColumnMapping)| match &column.source {
        ColumnSource::Param(param) => Some((name.as_str(), params.get(param)?.as_str())),
        _ => None,
    };
    mapping.columns.iter().filter_map(of_param).collect()
}

/// The mapping and column that keep the list's hash, and the column of the id it belongs to.
fn listed_column(schema: &StreamSchema) -> Option<(&Mapping, &str, &str)> {
    schema.mappings.iter().find_map(|mapping| {
        mapping.columns.iter().find_map(|(name, column)| match &column.source {
            ColumnSource::Listed { by } => Some((mapping, name.as_str(), by.as_str())),
            _ => None,
        })
    })
}
