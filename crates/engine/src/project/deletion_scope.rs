//! Which rows of which tables belong to one record, over all streams that speak of it: they go once it is gone.

use convolake_model::{
    ColumnMapping, ColumnSource, ColumnType, ConfigError, Gone, Mapping, ParamSet, Pointer, Stream, Table,
};

use crate::Project;

/// The rows of a record in one table, by the columns that are replaced together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeletionScope {
    pub(crate) table: Table,
    pub(crate) columns: Vec<(String, ScopeColumn)>,
}

/// What stands in a column of a [`DeletionScope`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ScopeColumn {
    /// A param that the record was pulled with.
    Param(String),
    /// The record's id.
    RecordId,
}

impl Project {
    /// Where the records of a stream and its list have rows.
    ///
    /// # Errors
    /// A table in which the rows of one record cannot be told from those of others.
    pub(crate) fn deletion_scopes(&self, stream: &Stream) -> Result<Vec<DeletionScope>, ConfigError> {
        self.deletion_scopes_by_table(stream).collect()
    }

    /// The same, table by table.
    pub(crate) fn deletion_scopes_by_table<'a>(
        &'a self,
        stream: &'a Stream,
    ) -> impl Iterator<Item = Result<DeletionScope, ConfigError>> + 'a {
        let mappings = self.chain_of(stream).flat_map(|stream| {
            let mappings = self.schemas.get(&stream.name).into_iter().flat_map(|schema| &schema.mappings);
            mappings.map(move |mapping| (stream, mapping))
        });
        mappings.filter_map(|(stream, mapping)| {
            let table = self.tables.get(&mapping.table)?;
            let scope = DeletionScope::of(stream, mapping, table);
            Some(scope.ok_or_else(|| self.no_scope(&stream.name, &table.name)))
        })
    }

    /// Where records that are gone are removed, their rows can be told.
    pub(crate) fn check_deletions(&self) -> Result<(), ConfigError> {
        let is_removing = |stream: &&Stream| matches!(stream.gone, Gone::Remove { .. });
        for stream in self.pipeline.streams.values().filter(is_removing) {
            self.deletion_scopes(stream)?;
        }
        Ok(())
    }

    fn no_scope(&self, stream: &str, table: &str) -> ConfigError {
        let message =
            format!("stream {stream}: the rows of one record in {table} cannot be taken away together");
        ConfigError::new(&self.file, 0, message).with_hint(Some(format!(
            "in its schema, `replace` of {table} names just the column that holds `id` and those that hold params, all of them strings"
        )))
    }
}

impl DeletionScope {
    /// `None` where a column of what is replaced together holds something else than params and the id.
    fn of(stream: &Stream, mapping: &Mapping, table: &Table) -> Option<Self> {
        let unit = if mapping.replace.is_empty() { &table.key } else { &mapping.replace };
        let column = |name: &String| {
            let is_text = table.columns.get(name)?.column_type == ColumnType::String;
            let column = ScopeColumn::of(mapping.columns.get(name)?, stream.id.as_ref()?)?;
            is_text.then(|| (name.clone(), column))
        };
        let columns: Vec<(String, ScopeColumn)> = unit.iter().map(column).collect::<Option<_>>()?;
        let has_id = columns.iter().any(|(_, column)| *column == ScopeColumn::RecordId);
        has_id.then(|| Self { table: table.clone(), columns })
    }

    /// The column of the id.
    pub(crate) fn id_column(&self) -> &str {
        let id = self.columns.iter().find(|(_, column)| *column == ScopeColumn::RecordId);
        id.map_or("", |(name, _)| name)
    }

    /// What stands in the columns of params: the column and its text.
    pub(crate) fn param_values<'a>(&'a self, params: &'a ParamSet) -> Vec<(&'a str, &'a str)> {
        let value = |(name, column): &'a (String, ScopeColumn)| match column {
            ScopeColumn::Param(param) => Some((name.as_str(), params.get(param)?.as_str())),
            ScopeColumn::RecordId => None,
        };
        self.columns.iter().filter_map(value).collect()
    }

    /// True where a record has one row at most: the columns are the table's key.
    pub(crate) fn is_one_row(&self) -> bool {
        self.columns.len() == self.table.key.len()
    }
}

impl ScopeColumn {
    fn of(column: &ColumnMapping, id: &Pointer) -> Option<Self> {
        match &column.source {
            ColumnSource::Param(param) => Some(Self::Param(param.clone())),
            ColumnSource::At { from, candidates, join: None, synonyms: None, .. } => {
                let is_id = from.is_root() && candidates.as_slice() == std::slice::from_ref(id);
                is_id.then_some(Self::RecordId)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_has_rows_in_all_tables_of_its_chain() {
        let project = Project::load("convocore", &[]).unwrap();
        let scopes = project.deletion_scopes(&project.pipeline.streams["export"]).unwrap();
        let found: Vec<_> = scopes
            .iter()
            .map(|scope| (scope.table.name.as_str(), scope.id_column(), scope.is_one_row()))
            .collect();
        let expected = ["conversations", "turns", "messages", "leads"]
            .map(|table| (table, "conversation_id", matches!(table, "conversations" | "leads")));
        assert_eq!(found, expected);
        let params = ParamSet::from([("agent_id".to_owned(), "a1".to_owned())]);
        assert_eq!(scopes[1].param_values(&params), [("agent_id", "a1")]);
    }

    #[test]
    fn messages_that_are_told_by_their_own_id_do_not_go_with_a_conversation() {
        let project = Project::load("agentx", &[]).unwrap();
        let message = project.deletion_scopes(&project.pipeline.streams["messages"]).unwrap_err().to_string();
        assert!(message.contains("rows of one record in messages"), "{message}");
        assert!(message.contains("`replace` of messages"), "{message}");
    }
}
