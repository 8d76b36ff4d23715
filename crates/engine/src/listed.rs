//! What the lake knows of a listed stream: under which hash each conversation was last exported.

use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use convolake_loader::{Lake, LoadError};
use convolake_model::{ColumnMapping, ColumnSource, Mapping, ParamSet, StreamSchema};

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
