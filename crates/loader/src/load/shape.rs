use arrow_row::{RowConverter, SortField};
use arrow_schema::{SchemaRef, SortOptions};
use convolake_model::Table;

use crate::table_schema::{arrow_schema, schema_hash};
use crate::{LoadError, layout};

/// A table as the loader needs it: positions of columns instead of names.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) schema: SchemaRef,
    pub(crate) hash: String,
    pub(crate) buckets: u32,
    /// The columns of the unit that is replaced as a whole: the parent's, or the key's own.
    pub(crate) unit: Vec<usize>,
    /// The columns of the key.
    pub(crate) key: Vec<usize>,
    /// The columns a row's bucket is taken from: those of the conversation. Not of `replace`, whose change must not
    /// scatter a row's versions over buckets.
    pub(crate) conversation: Vec<usize>,
    /// What the source said: all but the lineage.
    pub(crate) content: Vec<usize>,
    pub(crate) fetched_at: usize,
    pub(crate) page: usize,
    pub(crate) date: Vec<usize>,
    pub(crate) order: Vec<usize>,
}

impl Shape {
    pub(crate) fn new(table: &Table, replace: &[String], buckets: u32) -> Result<Self, LoadError> {
        layout::name("the table", &table.name)?;
        let positions = |names: &[String]| -> Result<Vec<usize>, LoadError> {
            names.iter().map(|name| position(table, name)).collect()
        };
        let key = positions(&table.key)?;
        let unit = if replace.is_empty() { key.clone() } else { positions(replace)? };
        if unit.iter().any(|column| !key.contains(column)) {
            return Err(LoadError::misfit(&table.name, "a column of `replace` is not in the key"));
        }
        let content = table.columns.keys().enumerate().filter(|(_, name)| !Table::is_lineage(name));
        Ok(Self {
            schema: arrow_schema(table),
            hash: schema_hash(table),
            buckets: buckets.max(1),
            conversation: key[..key.len().min(2)].to_vec(),
            content: content.map(|(position, _)| position).collect(),
            fetched_at: position(table, Table::FETCHED_AT)?,
            page: position(table, Table::PAGE)?,
            date: positions(&table.date.0)?,
            order: positions(&table.order)?,
            name: table.name.clone(),
            key,
            unit,
        })
    }

    pub(crate) fn unit_is_key(&self) -> bool {
        self.unit.len() == self.key.len()
    }

    /// Encodes the order's columns to bytes that compare as the rows do: nulls first.
    pub(crate) fn order_converter(&self) -> Result<RowConverter, LoadError> {
        let options = SortOptions { descending: false, nulls_first: true };
        let field = |column: &usize| {
            SortField::new_with_options(self.schema.field(*column).data_type().clone(), options)
        };
        RowConverter::new(self.order.iter().map(field).collect())
            .map_err(LoadError::rows("order", &self.name))
    }
}

fn position(table: &Table, name: &str) -> Result<usize, LoadError> {
    table
        .columns
        .get_index_of(name)
        .ok_or_else(|| LoadError::misfit(&table.name, format!("it has no column `{name}`")))
}
