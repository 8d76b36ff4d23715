//! Under which hash of a list the lake holds each record: what need not be asked for again.

use std::collections::BTreeMap;

use convolake_loader::{Lake, LoadError};
use convolake_model::{ColumnSource, Mapping, ParamSet, StreamSchema, Table};

use jiff::Timestamp;

use crate::project::param_columns::param_values;
use crate::reads::scan::Scan;

/// Ids and the hash each was last exported under, for rows of these params; where an instant is given, those that were
/// fetched since.
pub(crate) fn known(
    lake: &Lake,
    pipeline: &str,
    schema: &StreamSchema,
    params: &ParamSet,
    since: Option<Timestamp>,
) -> Result<BTreeMap<String, String>, LoadError> {
    let mut known = BTreeMap::new();
    let Some(ListedColumn { mapping, hash, id }) = ListedColumn::of(schema) else { return Ok(known) };
    let equal = param_values(mapping, params);
    let scan =
        Scan { table: &mapping.table, pipeline, columns: &[id, hash, Table::FETCHED_AT], equal: &equal };
    scan.for_each(lake, |rows| {
        let versions = rows.texts(id).zip(rows.texts(hash)).zip(rows.instants(Table::FETCHED_AT));
        let is_since = |fetched: Option<Timestamp>| since.is_none_or(|since| fetched >= Some(since));
        let versions = versions.filter(|(_, fetched)| is_since(*fetched));
        let versions = versions.filter_map(|((id, hash), _)| id.zip(hash));
        known.extend(versions.map(|(id, hash)| (id.to_owned(), hash.to_owned())));
    })?;
    Ok(known)
}

/// The column that keeps a list's hash.
#[derive(Debug)]
pub(crate) struct ListedColumn<'a> {
    pub(crate) mapping: &'a Mapping,
    hash: &'a str,
    /// The column with the id that the hash belongs to.
    pub(crate) id: &'a str,
}

impl<'a> ListedColumn<'a> {
    /// `None` for a stream that no list leads to.
    pub(crate) fn of(schema: &'a StreamSchema) -> Option<Self> {
        schema.mappings.iter().find_map(|mapping| {
            mapping.columns.iter().find_map(|(hash, column)| match &column.source {
                ColumnSource::Listed { by } => Some(Self { mapping, hash, id: by }),
                _ => None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Project;

    #[test]
    fn only_a_stream_that_is_asked_by_list_keeps_its_hash() {
        for (pipeline, stream, expected) in [
            ("convocore", "export", Some(("conversations", "conversation_id"))),
            ("convocore", "list", None),
            ("agentx", "conversations", None),
        ] {
            let project = Project::load(pipeline, &[]).unwrap();
            let column = ListedColumn::of(&project.schemas[stream]);
            let found = column.map(|column| (column.mapping.table.as_str(), column.id));
            assert_eq!(found, expected, "{pipeline} {stream}");
        }
    }
}
