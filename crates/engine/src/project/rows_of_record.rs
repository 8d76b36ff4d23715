//! Which rows of which tables a record has, all streams of its chain together: those that go with it once it is gone.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use convolake_batch::{ParentBatch, TableBatch, TextForm, arrow_schema};
use convolake_model::ColumnMapping;
use convolake_model::ColumnSource;
use convolake_model::ColumnType;
use convolake_model::ConfigError;
use convolake_model::Mapping;
use convolake_model::ParamSet;
use convolake_model::Pointer;
use convolake_model::Stream;
use convolake_model::Table;

use crate::{EngineError, Project};

/// How the rows of a record are told in one table: by the columns that are replaced together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowsOfRecord {
    pub(crate) table: Table,
    pub(crate) columns: Vec<(String, Told)>,
}

/// What of a record stands in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// A param that it was pulled with.
    Param(String),
    /// Its id.
    Id,
}

impl Project {
    /// A stream, and the list it takes its ids from: they speak of the same records.
    pub(crate) fn chain_of<'a>(&'a self, stream: &'a Stream) -> impl Iterator<Item = &'a Stream> {
        let list = stream.changed.as_ref().and_then(|changed| self.pipeline.streams.get(&changed.list));
        std::iter::once(stream).chain(list)
    }

    /// Where the records of a stream and its list have rows.
    ///
    /// # Errors
    /// A table in which the rows of one record do not go together.
    pub(crate) fn rows_of_record(&self, stream: &Stream) -> Result<Vec<RowsOfRecord>, ConfigError> {
        self.rows_by_table(stream).collect()
    }

    /// The same, table by table.
    pub(crate) fn rows_by_table<'a>(
        &'a self,
        stream: &'a Stream,
    ) -> impl Iterator<Item = Result<RowsOfRecord, ConfigError>> + 'a {
        let mappings = self.chain_of(stream).flat_map(|stream| {
            let mappings = self.schemas.get(&stream.name).into_iter().flat_map(|schema| &schema.mappings);
            mappings.map(move |mapping| (stream, mapping))
        });
        mappings.filter_map(|(stream, mapping)| {
            let table = self.tables.get(&mapping.table)?;
            Some(rows_of_record(stream, mapping, table).ok_or_else(|| {
                let (stream, table) = (&stream.name, &table.name);
                ConfigError::new(
                    &self.file,
                    0,
                    format!("stream {stream}: the rows of one record in {table} cannot be taken away together"),
                )
                .with_hint(Some(format!(
                    "in its schema, `replace` of {table} names just the column that holds `id` and those that hold params, all of them strings"
                )))
            }))
        })
    }
}

fn rows_of_record(stream: &Stream, mapping: &Mapping, table: &Table) -> Option<RowsOfRecord> {
    let unit = if mapping.replace.is_empty() { &table.key } else { &mapping.replace };
    let told = |name: &String| {
        let is_text = table.columns.get(name)?.column_type == ColumnType::String;
        let told = told(mapping.columns.get(name)?, stream.id.as_ref()?)?;
        is_text.then(|| (name.clone(), told))
    };
    let columns: Vec<(String, Told)> = unit.iter().map(told).collect::<Option<_>>()?;
    let has_id = columns.iter().any(|(_, told)| *told == Told::Id);
    has_id.then(|| RowsOfRecord { table: table.clone(), columns })
}

fn told(column: &ColumnMapping, id: &Pointer) -> Option<Told> {
    match &column.source {
        ColumnSource::Param(param) => Some(Told::Param(param.clone())),
        ColumnSource::At { from, candidates, join: None, synonyms: None, .. } => {
            (from.is_root() && candidates.as_slice() == std::slice::from_ref(id)).then_some(Told::Id)
        }
        _ => None,
    }
}

impl RowsOfRecord {
    /// The column of the id.
    pub(crate) fn id_column(&self) -> &str {
        let id = self.columns.iter().find(|(_, told)| *told == Told::Id);
        id.map_or("", |(name, _)| name)
    }

    /// The columns that hold params, and what stands there.
    pub(crate) fn param_columns<'a>(&'a self, params: &'a ParamSet) -> Vec<(&'a str, &'a str)> {
        let of_param = |(name, told): &'a (String, Told)| match told {
            Told::Param(param) => Some((name.as_str(), params.get(param)?.as_str())),
            Told::Id => None,
        };
        self.columns.iter().filter_map(of_param).collect()
    }

    /// True where a record has one row at most, and the key says whose it is.
    pub(crate) fn is_one(&self) -> bool {
        self.columns.len() == self.table.key.len()
    }

    /// What the load is to be given so that all rows of these records go.
    pub(crate) fn none(&self, ids: &[String], params: &ParamSet) -> Result<TableBatch, EngineError> {
        let column = |(name, told): &(String, Told)| -> (String, ArrayRef, bool) {
            let values: StringArray = match told {
                Told::Id => ids.iter().map(Some).collect(),
                Told::Param(param) => {
                    let value = params.get(param).map(String::as_str).unwrap_or_default();
                    ids.iter().map(|_| Some(value)).collect()
                }
            };
            (name.clone(), Arc::new(values), false)
        };
        let keys =
            RecordBatch::try_from_iter_with_nullable(self.columns.iter().map(column)).map_err(|error| {
                EngineError::Worker { message: format!("ids make no batch for {}: {error}", self.table.name) }
            })?;
        Ok(TableBatch {
            table: self.table.name.clone(),
            rows: RecordBatch::new_empty(arrow_schema(&self.table.without_lineage(), TextForm::Bytes)),
            index_in_page: Vec::new(),
            page_ends: vec![0],
            parents: Some(ParentBatch {
                keys,
                index_in_page: (0..).take(ids.len()).collect(),
                page_ends: vec![ids.len()],
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_has_rows_in_all_tables_of_its_chain() {
        let project = Project::load("convocore", &[]).unwrap();
        let rows = project.rows_of_record(&project.pipeline.streams["export"]).unwrap();
        let told: Vec<_> =
            rows.iter().map(|rows| (rows.table.name.as_str(), rows.id_column(), rows.is_one())).collect();
        let expected = ["conversations", "turns", "messages", "leads"]
            .map(|table| (table, "conversation_id", matches!(table, "conversations" | "leads")));
        assert_eq!(told, expected);
        let params = ParamSet::from([("agent_id".to_owned(), "a1".to_owned())]);
        assert_eq!(rows[1].param_columns(&params), [("agent_id", "a1")]);
        let none = rows[1].none(&["c1".to_owned(), "c2".to_owned()], &params).unwrap();
        assert_eq!((none.rows.num_rows(), none.parents.map(|parents| parents.keys.num_rows())), (0, Some(2)));
    }

    #[test]
    fn messages_that_are_told_by_their_own_id_do_not_go_with_a_conversation() {
        let project = Project::load("agentx", &[]).unwrap();
        let message = project.rows_of_record(&project.pipeline.streams["messages"]).unwrap_err().to_string();
        assert!(message.contains("rows of one record in messages"), "{message}");
        assert!(message.contains("`replace` of messages"), "{message}");
    }
}
