//! A table or mart of the catalog: its columns and its files, of all pipelines.

use convolake_model::ColumnType;
use polars::prelude::{DataType, Field, Schema, SchemaExt, TimeUnit, TimeZone};

use super::LakeFile;
use crate::failure::Failure;

/// What a table of the catalog is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Rows of records, as pipelines land them.
    Table,
    /// Derived from tables.
    Mart,
}

/// A table or mart, with the files of all pipelines that have it.
#[derive(Debug, Clone)]
pub(crate) struct CatalogTable {
    /// Its name.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// The columns of its files; empty where only a file's footer tells them.
    pub(crate) columns: Schema,
    /// Its files, pipeline by pipeline, in the order of their partitions.
    pub(crate) files: Vec<LakeFile>,
}

impl CatalogTable {
    /// A table without files yet.
    pub(crate) fn new(name: &str, kind: Kind) -> Self {
        Self { name: name.to_owned(), kind, columns: Schema::default(), files: Vec::new() }
    }

    /// Adds the files of one pipeline, and the columns that others do not have.
    ///
    /// # Errors
    /// A column that others have with another type.
    pub(crate) fn add(&mut self, columns: &Schema, files: Vec<LakeFile>) -> Result<(), Failure> {
        for field in columns.iter_fields() {
            match self.columns.get(field.name()) {
                Some(known) if known != field.dtype() => {
                    let (table, column) = (&self.name, field.name());
                    let message = format!(
                        "the column {table}.{column} has the type {known} in one pipeline and {} in another",
                        field.dtype()
                    );
                    let hint = "replay the one whose schema is older, or give each a lake of its own";
                    return Err(Failure::misuse(message, Some(hint.to_owned())));
                }
                Some(_) => {}
                None => self.columns.extend([field]),
            }
        }
        self.files.extend(files);
        Ok(())
    }

    /// Its rows; `None` where the file lists do not tell.
    pub(crate) fn rows(&self) -> Option<u64> {
        self.files.iter().map(|file| file.rows).sum()
    }
}

/// The columns of a table's files, as Polars names their types.
pub(crate) fn schema(columns: &[(String, ColumnType)]) -> Schema {
    columns.iter().map(|(name, column_type)| Field::new(name.into(), data_type(*column_type))).collect()
}

/// How Polars names the type of a column.
pub(crate) fn data_type(column_type: ColumnType) -> DataType {
    match column_type {
        ColumnType::String | ColumnType::Json => DataType::String,
        ColumnType::Int32 => DataType::Int32,
        ColumnType::Int64 => DataType::Int64,
        ColumnType::Float64 => DataType::Float64,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Timestamp => instant(),
        ColumnType::Date => DataType::Date,
        ColumnType::StringList => DataType::List(Box::new(DataType::String)),
    }
}

/// The type of instants: microseconds since 1970-01-01 UTC.
pub(crate) fn instant() -> DataType {
    DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))
}

/// The type of a column, in a word.
pub(super) fn word(data_type: &DataType) -> String {
    match data_type {
        DataType::String => "string".to_owned(),
        DataType::Int32 => "int32".to_owned(),
        DataType::Int64 => "int64".to_owned(),
        DataType::Float64 => "float64".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Date => "date".to_owned(),
        DataType::List(items) => format!("list<{}>", word(items)),
        other if *other == instant() => "timestamp".to_owned(),
        other => other.to_string(),
    }
}
