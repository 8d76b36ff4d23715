//! A table in memory.

use arrow_array::RecordBatchIterator;
use arrow_schema::SchemaRef;
use convolake_engine::FlatTable;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::arrow_stream::{schema_capsule, stream_capsule};
use crate::schema::Schema;

/// Rows of one table, in memory, as Arrow columns.
///
/// Takes part in the Arrow PyCapsule interface: ``polars.DataFrame(table)``, ``pyarrow.table(table)`` and DuckDB's
/// ``FROM table`` read it without a copy, as often as they like.
#[pyclass(frozen, module = "convolake._convolake")]
pub(crate) struct Table {
    name: String,
    rows: FlatTable,
}

impl Table {
    pub(crate) fn new(name: &str, rows: FlatTable) -> Self {
        Self { name: name.to_owned(), rows }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows.batches.iter().map(|batch| batch.num_rows()).sum()
    }
}

#[pymethods]
impl Table {
    /// The table's name.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// The number of rows.
    #[getter]
    fn num_rows(&self) -> usize {
        self.rows()
    }

    /// The columns' names, in their order.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.rows.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The columns' types, and which may be null.
    #[getter]
    fn schema(&self) -> Schema {
        Schema { columns: SchemaRef::clone(&self.rows.schema) }
    }

    /// The memory of the columns, in bytes.
    #[getter]
    fn nbytes(&self) -> usize {
        self.rows.batches.iter().map(|batch| batch.get_array_memory_size()).sum()
    }

    fn __len__(&self) -> usize {
        self.rows()
    }

    fn __repr__(&self) -> String {
        format!(
            "<convolake.Table {}: {} rows, {} columns>",
            self.name,
            self.rows(),
            self.rows.schema.fields().len()
        )
    }

    /// The rows, for any reader of Arrow streams.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let batches = self.rows.batches.clone().into_iter().map(Ok);
        stream_capsule(py, Box::new(RecordBatchIterator::new(batches, SchemaRef::clone(&self.rows.schema))))
    }

    /// The columns, for any reader of Arrow schemas.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.rows.schema)
    }
}
