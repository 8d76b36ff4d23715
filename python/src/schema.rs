//! The columns of a table, as an engine wants them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema as ArrowSchema, SchemaRef, TimeUnit};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::arrow_stream::schema_capsule;
use crate::errors::misused;

/// The columns of a table: ``pyarrow.schema(schema)`` and ``polars.Schema(schema)`` read it.
#[pyclass(frozen, module = "convolake._convolake")]
pub(crate) struct Schema {
    pub(crate) columns: SchemaRef,
}

#[pymethods]
impl Schema {
    /// The columns' names, in their order.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.columns.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// A line for each column: name, Arrow type, and ``not null`` where it is never null.
    fn __repr__(&self) -> String {
        let line = |field: &Arc<Field>| {
            let needed = if field.is_nullable() { "" } else { " not null" };
            format!("{}: {}{needed}", field.name(), field.data_type())
        };
        self.columns.fields().iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// The columns as a list in Spark's DDL, as in ``id STRING NOT NULL, sent_at TIMESTAMP``.
    fn ddl(&self) -> PyResult<String> {
        let column = |field: &Arc<Field>| -> PyResult<String> {
            let needed = if field.is_nullable() { "" } else { " NOT NULL" };
            Ok(format!("`{}` {}{needed}", field.name(), sql_type(field.data_type())?))
        };
        Ok(self.columns.fields().iter().map(column).collect::<PyResult<Vec<_>>>()?.join(", "))
    }

    /// The columns, for any reader of Arrow schemas.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.columns)
    }
}

/// An engine that takes Arrow batches, and what it wants of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Columns as they are: what is JSON is told from other texts by a field's metadata.
    Arrow,
    /// Spark, and what speaks its protocol: the same types, and nothing beside them, since a batch is held against the schema exactly.
    Spark,
}

impl Engine {
    pub(crate) fn of_name(name: &str) -> PyResult<Self> {
        match name {
            "arrow" | "polars" | "duckdb" => Ok(Self::Arrow),
            "spark" | "sail" => Ok(Self::Spark),
            _ => Err(misused(format!(
                "`{name}` is no engine that is known; one of: arrow, polars, duckdb, spark, sail"
            ))),
        }
    }

    /// The columns as the engine wants them.
    pub(crate) fn columns(self, columns: &SchemaRef) -> SchemaRef {
        if self == Self::Arrow {
            return SchemaRef::clone(columns);
        }
        let bare = |field: &Arc<Field>| field.as_ref().clone().with_metadata(HashMap::new());
        Arc::new(ArrowSchema::new(columns.fields().iter().map(bare).collect::<Vec<_>>()))
    }
}

fn sql_type(data_type: &DataType) -> PyResult<&'static str> {
    Ok(match data_type {
        DataType::Utf8 => "STRING",
        DataType::Int32 => "INT",
        DataType::Int64 => "BIGINT",
        DataType::Float64 => "DOUBLE",
        DataType::Boolean => "BOOLEAN",
        DataType::Timestamp(TimeUnit::Microsecond, _) => "TIMESTAMP",
        DataType::Date32 => "DATE",
        DataType::List(_) => "ARRAY<STRING>",
        other => return Err(misused(format!("no column of a table is of the type {other}"))),
    })
}
