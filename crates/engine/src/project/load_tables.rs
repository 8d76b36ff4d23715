//! The tables that streams feed, as the loader takes them.

use std::collections::BTreeMap;

use convolake_loader::{Commit, LoadTable, RowKeys};
use convolake_model::{ColumnSource, Mapping, PartitionBy, Table};

use crate::Project;

impl Project {
    /// The tables that these streams feed, each with the columns that are replaced together.
    pub(crate) fn load_tables<'a>(&self, streams: impl IntoIterator<Item = &'a str>) -> Vec<LoadTable> {
        let schemas = streams.into_iter().filter_map(|stream| self.schemas.get(stream));
        let mappings = schemas.flat_map(|schema| &schema.mappings);
        let tables = mappings.filter_map(|mapping| {
            let table = self.tables.get(&mapping.table)?.clone();
            let keys = row_keys(mapping, &table);
            Some(LoadTable { table, replace: mapping.replace.clone(), keys })
        });
        tables.collect()
    }

    /// The tables that a lake keeps cut into other partitions than a replay of this pipeline would give them, with these.
    pub(crate) fn tables_to_recut(&self, commit: &Commit) -> BTreeMap<&str, PartitionBy> {
        let by = |(name, table): (_, &Table)| {
            let known = commit.tables.get::<String>(name).filter(|known| !known.manifests.is_empty())?;
            let (stored, by) = (known.partition_by, table.partitions.by());
            (stored != by).then_some((name.as_str(), by))
        };
        self.tables.iter().filter_map(by).collect()
    }
}

/// What tells rows apart that are replaced together: names that the source gives them, or their positions.
fn row_keys(mapping: &Mapping, table: &Table) -> RowKeys {
    let source = |column: &str| mapping.columns.get(column).map(|column| &column.source);
    let is_index = |column: &str| matches!(source(column), Some(ColumnSource::Index(_)));
    let is_position = |column: &String| match source(column) {
        Some(ColumnSource::Template(template)) => template.names().any(is_index),
        _ => is_index(column),
    };
    let mut within_parent = table.key.iter().filter(|column| !mapping.replace.contains(column));
    match within_parent.any(is_position) {
        true => RowKeys::Positions,
        false => RowKeys::Names,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_apart_by_name_or_position() {
        for (pipeline, stream, table, expected) in [
            ("convocore", "export", "messages", RowKeys::Positions),
            ("convocore", "export", "turns", RowKeys::Positions),
            ("convocore", "export", "conversations", RowKeys::Names),
            ("agentx", "messages", "messages", RowKeys::Names),
        ] {
            let tables = Project::load(pipeline, &[]).unwrap().load_tables([stream]);
            let found = tables.iter().find(|load| load.table.name == table).unwrap();
            assert_eq!(found.keys, expected, "{pipeline}, {table}");
        }
    }
}
