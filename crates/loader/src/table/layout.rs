//! A table as the loader needs it: what is pushed, what is stored, and how one becomes the other.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, Date32Array, RecordBatch, TimestampMicrosecondArray,
};
use arrow_row::{RowConverter, SortField};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef, SortOptions};
use convolake_batch::{PhysicalType, TextForm, arrow_schema};
use convolake_model::{PartitionBy, Repeats, Table};

use crate::rows::version::Versions;
use crate::table::field_ids::{FieldIds, field_ids};
use crate::table::partition::day_of;
use crate::table::schema::TableSchema;
use crate::{LoadError, paths};

/// A table as the loader needs it: positions of columns instead of names. But for `pushed`, they are positions in the
/// table, as its files have it.
#[derive(Debug)]
pub(crate) struct TableLayout {
    pub(crate) name: String,
    /// The schema of the table's files, as readers see it.
    pub(crate) schema: SchemaRef,
    /// The schema of rows that are written to a file. Texts are bytes: who pushed them has checked them, and nothing needs
    /// to ask again; `page` is a view, as it is long and the same in many rows.
    pub(crate) write_schema: SchemaRef,
    /// What the lake compares to know the table again.
    pub(crate) hash: String,
    pub(crate) table_schema: TableSchema,
    /// The numbers of its columns in files that are written.
    pub(crate) field_ids: FieldIds,
    /// The schema of its files where they are cut into partitions of the other kind.
    pub(crate) other_schema: TableSchema,
    pub(crate) partition_by: PartitionBy,
    pub(crate) buckets: u32,
    /// How the cells of each column lie, and how files store them.
    pub(crate) columns: Vec<StoredColumn>,
    /// The columns of the unit that is replaced as a whole: the parent's, or the key's own.
    pub(crate) unit: Vec<usize>,
    pub(crate) key: Vec<usize>,
    pub(crate) keys: RowKeys,
    /// What the snapshot of the files knows rows by, as places among the unit's columns: the group, which is coarser than a
    /// unit, or else the unit.
    pub(crate) indexed: Vec<usize>,
    pub(crate) fetched_at: usize,
    pub(crate) page: usize,
    pub(crate) order: Vec<usize>,
    pub(crate) pushed: PushedLayout,
}

/// What tells the rows of a parent apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowKeys {
    /// What the source calls each of them: a row keeps its key whatever stands before it.
    #[default]
    Names,
    /// Where each stands among the others: with one gone before it, a row has another key.
    Positions,
}

/// A column of a table's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredColumn {
    pub(crate) physical_type: PhysicalType,
    pub(crate) repeats: Repeats,
}

/// The rows that are pushed, spilled and resolved: those of [`Table::without_lineage`]. Of its lineage a row carries the
/// number of its version. Positions are those among these columns.
#[derive(Debug)]
pub(crate) struct PushedLayout {
    pub(crate) schema: SchemaRef,
    /// For each column its position in the table.
    pub(crate) in_table: Vec<usize>,
    pub(crate) unit: Vec<usize>,
    pub(crate) key: Vec<usize>,
    /// The columns of the key that are none of the unit.
    pub(crate) key_within_unit: Vec<usize>,
    /// The columns a row's bucket is taken from: the table's group. Not of `replace`, whose change must not scatter a row's
    /// versions over buckets.
    pub(crate) group: Vec<usize>,
    /// The columns that a row's date is taken from.
    pub(crate) dated_by: Vec<usize>,
    /// The column of the row's date, where the files have one: it follows from the others, whoever pushes.
    pub(crate) date: Option<usize>,
    pub(crate) order: Vec<usize>,
    pub(crate) partition_by: PartitionBy,
    /// How many of the order's columns a range of rows that are placed together is equal in: the date, if the files have it, and
    /// the one behind it.
    pub(crate) shared_order: usize,
    /// The column that says when the source changed a record last.
    pub(crate) changed_at: Option<usize>,
}

impl TableLayout {
    /// The layout of a table whose files are cut into partitions so.
    pub(crate) fn new(
        table: &Table,
        replace: &[String],
        buckets: u32,
        partition_by: PartitionBy,
    ) -> Result<Self, LoadError> {
        paths::name("the table", &table.name)?;
        let other_schema = TableSchema::of(&table.in_files(partition_by.other()));
        let table = &table.in_files(partition_by);
        let unit = if replace.is_empty() { table.key.as_slice() } else { replace };
        if unit.iter().any(|column| !table.key.contains(column)) {
            return Err(LoadError::misfit(&table.name, "a column of `replace` is not in the key"));
        }
        let of_source = [&table.key, &table.date.0, &table.order];
        if of_source.into_iter().flatten().any(|column| Table::is_lineage(column)) {
            return Err(LoadError::misfit(&table.name, "key, date and order are of what the source said"));
        }
        let in_unit = |column: &String| unit.iter().position(|other| other == column);
        let indexed = table.group.iter().map(in_unit).collect::<Option<_>>();
        let page = position(table, Table::PAGE)?;
        let table_schema = TableSchema::of(table);
        let columns = table.columns.values().map(|column| StoredColumn {
            physical_type: PhysicalType::of(column.column_type),
            repeats: column.repeats,
        });
        Ok(Self {
            name: table.name.clone(),
            schema: arrow_schema(table, TextForm::Utf8),
            write_schema: write_schema(table, page),
            hash: table_schema.hash(),
            field_ids: field_ids(&table_schema.columns, &FieldIds::new()),
            table_schema,
            other_schema,
            partition_by,
            buckets: buckets.max(1),
            columns: columns.collect(),
            unit: positions(table, unit)?,
            key: positions(table, &table.key)?,
            keys: RowKeys::default(),
            indexed: indexed.unwrap_or_else(|| (0..unit.len()).collect()),
            fetched_at: position(table, Table::FETCHED_AT)?,
            page,
            order: positions(table, &table.order)?,
            pushed: PushedLayout::new(table, unit)?,
        })
    }

    pub(crate) fn unit_is_key(&self) -> bool {
        self.unit.len() == self.key.len()
    }

    /// The columns that the snapshot of the files knows rows by.
    pub(crate) fn index_columns(&self) -> Vec<usize> {
        self.indexed.iter().map(|place| self.unit[*place]).collect()
    }

    /// The columns that a row's date is taken from.
    pub(crate) fn date_columns(&self) -> Vec<usize> {
        self.pushed.dated_by.iter().map(|at| self.pushed.in_table[*at]).collect()
    }

    /// Columns of the rows pushed, as positions in the table.
    pub(crate) fn in_table(&self, pushed: &[usize]) -> Vec<usize> {
        pushed.iter().map(|column| self.pushed.in_table[*column]).collect()
    }

    /// The names of some columns.
    pub(crate) fn names(&self, columns: &[usize]) -> Vec<String> {
        columns.iter().map(|column| self.schema.field(*column).name().clone()).collect()
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

    /// Rows as they were pushed, texts as bytes.
    pub(crate) fn pushed_rows(&self, rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        self.dated(rows.columns().iter().map(as_bytes).collect())
    }

    /// Rows with a column of their date, where the files have it.
    fn dated(&self, mut columns: Vec<ArrayRef>) -> Result<RecordBatch, ArrowError> {
        if let Some(date) = self.pushed.date {
            let dates = dates(&columns, &self.pushed.dated_by);
            columns.insert(date.min(columns.len()), Arc::new(dates));
        }
        RecordBatch::try_new(self.pushed.schema.clone(), columns)
    }

    /// Rows read from a table file, as if they had been pushed: without their lineage.
    pub(crate) fn pushed_rows_of_stored(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let column = |column: &usize| batch.columns().get(*column).map(as_bytes);
        let of_source = (0..self.pushed.in_table.len()).filter(|at| Some(*at) != self.pushed.date);
        let columns: Option<Vec<ArrayRef>> = of_source.map(|at| column(&self.pushed.in_table[at])).collect();
        let columns = columns
            .filter(|_| batch.num_columns() == self.schema.fields().len())
            .ok_or_else(|| ArrowError::SchemaError(format!("{} columns", batch.num_columns())))?;
        self.dated(columns)
    }

    /// The schema of units: the columns of the unit as they are pushed.
    pub(crate) fn unit_schema(&self) -> Result<SchemaRef, ArrowError> {
        Ok(self.pushed.schema.project(&self.pushed.unit)?.into())
    }

    /// Units from their columns.
    pub(crate) fn units_of(&self, keys: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_new(self.unit_schema()?, keys.columns().iter().map(as_bytes).collect())
    }

    /// Rows to write, from rows as they were pushed and the numbers of their versions.
    pub(crate) fn with_lineage(
        &self,
        pushed: &[ArrayRef],
        numbers: &[u32],
        versions: &Versions,
    ) -> Result<RecordBatch, ArrowError> {
        let (fetched_at, page) = versions.lineage(numbers)?;
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        let mut pushed = pushed.iter();
        for position in 0..self.schema.fields().len() {
            if position == self.fetched_at {
                columns.push(Arc::clone(&fetched_at));
            } else if position == self.page {
                columns.push(Arc::clone(&page));
            } else {
                columns.extend(pushed.next().cloned());
            }
        }
        RecordBatch::try_new(self.write_schema.clone(), columns)
    }

    /// Rows read from a table file, as they are written again.
    pub(crate) fn rows_to_write(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let to_write = |(position, column): (usize, &ArrayRef)| match column.as_string_opt::<i32>() {
            Some(texts) if position == self.page => {
                Arc::new(BinaryViewArray::from(&BinaryArray::from(texts.clone())))
            }
            _ => as_bytes(column),
        };
        let columns = batch.columns().iter().enumerate().map(to_write).collect();
        RecordBatch::try_new(self.write_schema.clone(), columns)
    }
}

impl PushedLayout {
    fn new(table: &Table, unit: &[String]) -> Result<Self, LoadError> {
        let pushed = table.without_lineage();
        let key_within_unit: Vec<String> =
            table.key.iter().filter(|column| !unit.contains(column)).cloned().collect();
        Ok(Self {
            schema: arrow_schema(&pushed, TextForm::Bytes),
            in_table: pushed.columns.keys().map(|name| position(table, name)).collect::<Result<_, _>>()?,
            unit: positions(&pushed, unit)?,
            key: positions(&pushed, &table.key)?,
            key_within_unit: positions(&pushed, &key_within_unit)?,
            group: positions(&pushed, &table.group)?,
            dated_by: positions(&pushed, &table.date.0)?,
            date: pushed.columns.get_index_of(Table::DATE),
            order: positions(&pushed, &table.order)?,
            partition_by: table.partitions.by(),
            shared_order: 1 + usize::from(pushed.columns.contains_key(Table::DATE)),
            changed_at: table.changed_at.as_ref().map(|column| position(&pushed, column)).transpose()?,
        })
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

fn write_schema(table: &Table, page: usize) -> SchemaRef {
    let schema = arrow_schema(table, TextForm::Bytes);
    let field = |(position, field): (usize, &FieldRef)| match position == page {
        true => Arc::new(field.as_ref().clone().with_data_type(DataType::BinaryView)),
        false => Arc::clone(field),
    };
    Arc::new(Schema::new(schema.fields().iter().enumerate().map(field).collect::<Vec<FieldRef>>()))
}

/// The date of each row: that of the first of these columns that has an instant.
fn dates(columns: &[ArrayRef], dated_by: &[usize]) -> Date32Array {
    let instants: Vec<&TimestampMicrosecondArray> = dated_by
        .iter()
        .filter_map(|column| columns.get(*column)?.as_primitive_opt::<TimestampMicrosecondType>())
        .collect();
    let n_rows = columns.first().map_or(0, Array::len);
    let instant =
        |row| instants.iter().find(|instants| instants.is_valid(row)).map(|instants| instants.value(row));
    (0..n_rows).map(|row| instant(row).and_then(day_of)).collect()
}

/// Texts as their bytes; any other column as it is.
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

fn positions(table: &Table, names: &[String]) -> Result<Vec<usize>, LoadError> {
    names.iter().map(|name| position(table, name)).collect()
}

#[cfg(test)]
pub(crate) mod tests;
