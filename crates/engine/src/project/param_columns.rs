//! The columns of a table that hold a param of the stream that feeds it.

use convolake_model::{ColumnSource, Mapping, ParamSet};

/// A mapping's columns that are filled from a param: the column and the param.
pub(crate) fn param_columns(mapping: &Mapping) -> impl Iterator<Item = (&str, &str)> {
    mapping.columns.iter().filter_map(|(name, column)| match &column.source {
        ColumnSource::Param(param) => Some((name.as_str(), param.as_str())),
        _ => None,
    })
}

/// What stands in these columns in the rows of one set of params: the column and its text.
pub(crate) fn param_values<'a>(mapping: &'a Mapping, params: &'a ParamSet) -> Vec<(&'a str, &'a str)> {
    let value = |(name, param): (&'a str, &'a str)| Some((name, params.get(param)?.as_str()));
    param_columns(mapping).filter_map(value).collect()
}
