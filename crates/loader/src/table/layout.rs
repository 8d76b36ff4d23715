use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::BinaryArray;
use arrow_array::BinaryViewArray;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_row::RowConverter;
use arrow_row::SortField;
use arrow_schema::ArrowError;
use arrow_schema::DataType;
use arrow_schema::Field;
use arrow_schema::FieldRef;
use arrow_schema::Schema;
use arrow_schema::SchemaRef;
use arrow_schema::SortOptions;
use convolake_batch::{TextForm, arrow_schema};
use convolake_model::Table;

use crate::rows::version::Versions;
use crate::table::schema::schema_hash;
use crate::{LoadError, paths};

/// A table as the loader needs it: positions of columns instead of names. But for `body`, they are positions in the
/// table.
#[derive(Debug)]
pub(crate) struct TableLayout {
    pub(crate) name: String,
    pub(crate) schema: SchemaRef,
    /// The table's schema on the way to its file. Texts are bytes: who pushed them has checked them, and nothing needs to ask
    /// again; `page` is a view, as it is long and the same in many rows.
    pub(crate) merging: SchemaRef,
    pub(crate) hash: String,
    pub(crate) buckets: u32,
    /// The columns of the unit that is replaced as a whole: the parent's, or the key's own.
    pub(crate) unit: Vec<usize>,
    /// The columns of the key.
    pub(crate) key: Vec<usize>,
    /// What the index of the files knows rows by, as places among the unit's columns: the conversation, which is coarser
    /// than a unit, or else the unit.
    pub(crate) indexed: Vec<usize>,
    pub(crate) fetched_at: usize,
    pub(crate) page: usize,
    pub(crate) order: Vec<usize>,
    pub(crate) body: Body,
}

/// What the source said of a row: all columns but the lineage, which rows on their way carry as the number of their
/// version.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) schema: SchemaRef,
    /// For each column its position in the table.
    pub(crate) columns: Vec<usize>,
    pub(crate) unit: Vec<usize>,
    pub(crate) key: Vec<usize>,
    /// The columns of the key that are none of the unit.
    pub(crate) own_key: Vec<usize>,
    /// The columns a row's bucket is taken from: those of the conversation. Not of `replace`, whose change must not
    /// scatter a row's versions over buckets.
    pub(crate) conversation: Vec<usize>,
    pub(crate) date: Vec<usize>,
    pub(crate) order: Vec<usize>,
}

impl TableLayout {
    pub(crate) fn new(table: &Table, replace: &[String], buckets: u32) -> Result<Self, LoadError> {
        paths::name("the table", &table.name)?;
        let positions = |names: &[String]| -> Result<Vec<usize>, LoadError> {
            names.iter().map(|name| position(table, name)).collect()
        };
        let key = positions(&table.key)?;
        let unit = if replace.is_empty() { key.clone() } else { positions(replace)? };
        if unit.iter().any(|column| !key.contains(column)) {
            return Err(LoadError::misfit(&table.name, "a column of `replace` is not in the key"));
        }
        let (fetched_at, page) = (position(table, Table::FETCHED_AT)?, position(table, Table::PAGE)?);
        let date = positions(&table.date.0)?;
        let order = positions(&table.order)?;
        if [&key, &date, &order].into_iter().flatten().any(|column| [fetched_at, page].contains(column)) {
            return Err(LoadError::misfit(&table.name, "key, date and order are of what the source said"));
        }
        let schema = arrow_schema(table, TextForm::Utf8);
        let columns: Vec<usize> =
            (0..table.columns.len()).filter(|column| ![fetched_at, page].contains(column)).collect();
        let in_body = |positions: &[usize]| -> Vec<usize> {
            positions.iter().map(|column| columns.binary_search(column).unwrap_or_default()).collect()
        };
        let in_unit = |column: &usize| unit.iter().position(|other| other == column);
        let conversation = &key[..key.len().min(2)];
        let indexed = conversation.iter().map(in_unit).collect::<Option<_>>();
        let own_key: Vec<usize> = key.iter().filter(|column| !unit.contains(column)).copied().collect();
        let merging = |(position, field): (usize, &FieldRef)| match field.data_type() {
            DataType::Utf8 if position == page => as_type(field, DataType::BinaryView),
            DataType::Utf8 => as_type(field, DataType::Binary),
            _ => Arc::clone(field),
        };
        let merging: Vec<FieldRef> = schema.fields().iter().enumerate().map(merging).collect();
        let merging = Arc::new(Schema::new(merging));
        let project = merging.project(&columns).map_err(LoadError::rows("take", &table.name))?;
        let body = Body {
            schema: project.into(),
            unit: in_body(&unit),
            key: in_body(&key),
            own_key: in_body(&own_key),
            conversation: in_body(conversation),
            date: in_body(&date),
            order: in_body(&order),
            columns,
        };
        Ok(Self {
            schema,
            merging,
            hash: schema_hash(table),
            buckets: buckets.max(1),
            fetched_at,
            page,
            order,
            name: table.name.clone(),
            indexed: indexed.unwrap_or_else(|| (0..unit.len()).collect()),
            key,
            unit,
            body,
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

    /// Rows that were pushed, which come without lineage, as bodies.
    pub(crate) fn pushed(&self, rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_new(self.body.schema.clone(), rows.columns().iter().map(as_bytes).collect())
    }

    /// The bodies of rows read from a table file.
    pub(crate) fn body_of_stored(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let column = |column: &usize| batch.columns().get(*column).map(as_bytes);
        let columns: Option<Vec<ArrayRef>> = self.body.columns.iter().map(column).collect();
        let columns = columns
            .filter(|_| batch.num_columns() == self.schema.fields().len())
            .ok_or_else(|| ArrowError::SchemaError(format!("{} columns", batch.num_columns())))?;
        RecordBatch::try_new(self.body.schema.clone(), columns)
    }

    /// The columns of the unit, on their way.
    pub(crate) fn unit_schema(&self) -> Result<SchemaRef, ArrowError> {
        Ok(self.merging.project(&self.unit)?.into())
    }

    /// Units from their columns.
    pub(crate) fn units_of(&self, keys: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_new(self.unit_schema()?, keys.columns().iter().map(as_bytes).collect())
    }

    /// Rows of the table from their bodies and the numbers of their versions.
    pub(crate) fn with_lineage(
        &self,
        body: &[ArrayRef],
        numbers: &[u32],
        versions: &Versions,
    ) -> Result<RecordBatch, ArrowError> {
        let (fetched_at, page) = versions.lineage(numbers)?;
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        let mut body = body.iter();
        for column in 0..self.schema.fields().len() {
            match column.cmp(&self.fetched_at) {
                Ordering::Equal => columns.push(fetched_at.clone()),
                _ if column == self.page => columns.push(page.clone()),
                _ => columns.extend(body.next().cloned()),
            }
        }
        RecordBatch::try_new(self.merging.clone(), columns)
    }

    /// Rows read from a table file, as they are merged.
    pub(crate) fn stored(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let merging = |(position, column): (usize, &ArrayRef)| match column.as_string_opt::<i32>() {
            Some(texts) if position == self.page => {
                Arc::new(BinaryViewArray::from(&BinaryArray::from(texts.clone())))
            }
            _ => as_bytes(column),
        };
        let columns = batch.columns().iter().enumerate().map(merging).collect();
        RecordBatch::try_new(self.merging.clone(), columns)
    }
}

/// Columns of rows, and beside them columns of numbers and flags about the rows.
pub(crate) fn schema_with(rows: &SchemaRef, numbers: &[&str], flags: &[&str]) -> SchemaRef {
    let mut fields = rows.fields().to_vec();
    let field = |name: &&str, data_type| Field::new(format!("#{name}"), data_type, false).into();
    fields.extend(numbers.iter().map(|name| field(name, DataType::UInt32)));
    fields.extend(flags.iter().map(|name| field(name, DataType::Boolean)));
    Schema::new(fields).into()
}

fn as_type(field: &Field, data_type: DataType) -> FieldRef {
    Arc::new(field.clone().with_data_type(data_type))
}

/// Texts as the bytes they stand in; any other column as it is.
fn as_bytes(column: &ArrayRef) -> ArrayRef {
    match column.as_string_opt::<i32>() {
        Some(texts) => Arc::new(BinaryArray::from(texts.clone())),
        None => Arc::clone(column),
    }
}

fn position(table: &Table, name: &str) -> Result<usize, LoadError> {
    table
        .columns
        .get_index_of(name)
        .ok_or_else(|| LoadError::misfit(&table.name, format!("it has no column `{name}`")))
}
