//! How many rows a stream has, and how new they are.

use std::collections::BTreeMap;

use convolake_loader::{Days, LoadError, RowCount, RowCounter, RowCounts};
use convolake_model::ParamSet;

use crate::Project;
use crate::project::param_columns::param_columns;

/// The rows of each table by the params that stand in its columns.
pub(crate) struct StreamRows {
    tables: Vec<TableRows>,
}

struct TableRows {
    stream: String,
    table: String,
    /// True where each of its rows is a record of the stream.
    is_of_records: bool,
    /// The params that stand in columns, in the order of the counts' keys.
    params: Vec<String>,
    counts: RowCounts,
}

impl StreamRows {
    /// Counts the rows of all tables that the pipeline's streams feed. A table that was written with other columns than
    /// the pipeline names now is left out.
    pub(crate) fn count(counter: &mut RowCounter, project: &Project, days: Days) -> Result<Self, LoadError> {
        let mut tables = Vec::new();
        for (stream, schema) in &project.schemas {
            for mapping in &schema.mappings {
                let Some(table) = project.tables.get(&mapping.table) else { continue };
                let (columns, params): (Vec<&str>, Vec<&str>) = param_columns(mapping).unzip();
                let instants: Vec<&str> = table.date.0.iter().map(String::as_str).collect();
                match counter.count(&table.name, &columns, &instants, days) {
                    Ok(counts) => tables.push(TableRows {
                        stream: stream.clone(),
                        table: table.name.clone(),
                        is_of_records: mapping.rows.is_root(),
                        params: params.into_iter().map(str::to_owned).collect(),
                        counts,
                    }),
                    Err(LoadError::SchemaChanged { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(Self { tables })
    }

    /// A stream's rows with these params, by table.
    pub(crate) fn of(&self, stream: &str, params: &ParamSet) -> BTreeMap<String, RowCount> {
        let tables = self.tables.iter().filter(|table| table.stream == stream);
        tables.map(|table| (table.table.clone(), table.of(params))).collect()
    }

    /// A stream's records with these params, where a table has a row for each.
    pub(crate) fn records(&self, stream: &str, params: &ParamSet) -> Option<RowCount> {
        let mut tables = self.tables.iter().filter(|table| table.stream == stream && table.is_of_records);
        tables.next().map(|table| table.of(params))
    }
}

impl TableRows {
    fn of(&self, params: &ParamSet) -> RowCount {
        let wanted = self.params.iter().map(|param| params.get(param).cloned());
        let wanted: Vec<Option<String>> = wanted.collect();
        self.counts.get(&wanted).cloned().unwrap_or_default()
    }
}
