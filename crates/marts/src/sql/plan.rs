//! From SQL to a plan over the catalog's frames.

use jiff::Timestamp;
use polars::prelude::{DataFrame, IntoLazy, LazyFrame, NamedFrom, PolarsResult, Series};

use super::explain::explained;
use super::place::error_at;
use super::question::{Name, Question, read};
use super::select::Planner;
use crate::catalog::{Catalog, CatalogTable, Kind};
use crate::failure::{Failure, of_polars};

/// A question as a lazy frame. Only the tables it names are planned. `at` is what `now()` stands for.
///
/// # Errors
/// It is no SQL, or names what is not there.
pub(crate) fn plan(sql: &str, catalog: &Catalog, at: Timestamp) -> Result<LazyFrame, Failure> {
    let (statement, names) = match read(sql)? {
        Question::Tables => return tables(catalog).map_err(|error| of_polars("listing the tables", &error)),
        Question::Columns(name) => return columns(sql, &name, catalog),
        Question::Rows(statement, names) => (statement, names),
    };
    let mut frame = Planner::new(sql, &names, catalog, at).statement(&statement)?;
    match frame.collect_schema() {
        Ok(_) => Ok(frame),
        Err(error) => Err(explained(sql, &names, catalog, &error)),
    }
}

/// The name of a table that is there.
fn known<'a>(sql: &str, name: &'a Name, catalog: &Catalog) -> Result<&'a str, Failure> {
    match catalog.table(&name.text) {
        Some(_) => Ok(&name.text),
        None => {
            let (message, hint) = catalog.no_table(&name.text);
            Err(error_at(sql, name.place, &message, Some(hint)))
        }
    }
}

/// A row a table.
fn tables(catalog: &Catalog) -> PolarsResult<LazyFrame> {
    let tables: Vec<&CatalogTable> = catalog.tables().collect();
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    let kinds: Vec<&str> = tables.iter().map(|table| kind(table.kind)).collect();
    let sources: Vec<String> = tables.iter().map(|table| sources(table)).collect();
    let rows: Vec<Option<u64>> = tables.iter().map(|table| table.rows()).collect();
    let files: Vec<u64> = tables.iter().map(|table| table.files.len() as u64).collect();
    let bytes: Vec<Option<u64>> =
        tables.iter().map(|table| table.files.iter().map(|file| file.bytes).sum()).collect();
    let columns = vec![
        Series::new("name".into(), names).into(),
        Series::new("kind".into(), kinds).into(),
        Series::new("sources".into(), sources).into(),
        Series::new("rows".into(), rows).into(),
        Series::new("files".into(), files).into(),
        Series::new("bytes".into(), bytes).into(),
    ];
    Ok(DataFrame::new(tables.len(), columns)?.lazy())
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Table => "table",
        Kind::Mart => "mart",
    }
}

fn sources(table: &CatalogTable) -> String {
    let mut sources: Vec<&str> = table.files.iter().map(|file| file.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    sources.join(", ")
}

/// A row a column of a table.
fn columns(sql: &str, name: &Name, catalog: &Catalog) -> Result<LazyFrame, Failure> {
    let columns = catalog.columns(known(sql, name, catalog)?)?;
    let (names, types): (Vec<String>, Vec<String>) = columns.into_iter().unzip();
    let columns = vec![Series::new("name".into(), names).into(), Series::new("type".into(), types).into()];
    let rows = columns.first().map_or(0, polars::prelude::Column::len);
    Ok(DataFrame::new(rows, columns).map_err(|error| of_polars("listing the columns", &error))?.lazy())
}
