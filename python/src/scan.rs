//! A table of a lake, read as it is asked for.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, Schema as ArrowSchema, SchemaRef};
use convolake_engine::Failure;
use convolake_engine::Lake;
use convolake_loader::{LiveFile, LoadError, WholeRows, committed_schema};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};

use crate::arrow_stream::{schema_capsule, stream_capsule};
use crate::errors::{misused, raised};
use crate::schema::Schema;

/// Rows of one table of a lake, by the newest commits at the time of the scan.
///
/// Takes part in the Arrow PyCapsule interface: ``polars.DataFrame(scan)``, ``pyarrow.table(scan)``,
/// ``pyarrow.RecordBatchReader.from_stream(scan)`` and DuckDB read it, batch by batch, as often as they like. A file that a run
/// replaces meanwhile ends the reading with an error that says so.
#[pyclass(frozen, module = "convolake._convolake")]
pub(crate) struct Scan {
    table: String,
    schema: SchemaRef,
    files: Vec<LiveFile>,
    location: String,
}

/// What is scanned.
pub(crate) struct Wanted {
    pub(crate) table: String,
    pub(crate) sources: Vec<String>,
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) days: Option<Vec<Range<i32>>>,
}

impl Scan {
    pub(crate) fn begin(lake: &Lake, location: &str, wanted: Wanted) -> PyResult<Self> {
        let Wanted { table, sources, columns, days } = wanted;
        let mut schema: Option<SchemaRef> = None;
        let mut files = Vec::new();
        for source in &sources {
            let live = lake.live_tables(source).map_err(raised)?;
            let Some(found) = live.tables.get(&table) else { continue };
            let of_commit = lake.head(source).map_err(raised)?;
            let committed = of_commit.as_ref().and_then(|head| head.tables.get(&table));
            let columns = match (committed.and_then(committed_schema), found.files.last()) {
                (Some(columns), _) => columns,
                (None, Some(file)) => file.schema().map_err(raised)?,
                (None, None) => continue,
            };
            // Of two sources one may have columns that the other has not got yet.
            schema = Some(match schema {
                Some(known) if known.fields().len() >= columns.fields().len() => known,
                _ => columns,
            });
            files.extend(found.files_of(days.as_deref()));
        }
        let schema = schema.ok_or_else(|| no_table(lake, location, &table, &sources))?;
        let schema = match columns {
            Some(columns) => projected(&schema, &table, &columns)?,
            None => schema,
        };
        Ok(Self { table, schema, files, location: location.to_owned() })
    }
}

#[pymethods]
impl Scan {
    /// The columns' types, and which may be null.
    #[getter]
    fn schema(&self) -> Schema {
        Schema { columns: SchemaRef::clone(&self.schema) }
    }

    /// The files that are read, as dicts: ``name`` within the lake, ``path`` with the lake before it, ``partition``, ``rows``, ``bytes``
    /// and ``sha256``, these three ``None`` in a lake of an early version.
    #[getter]
    fn files<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let files = PyList::empty(py);
        for file in &self.files {
            let told = PyDict::new(py);
            told.set_item("name", &file.name)?;
            told.set_item("path", format!("{}/{}", self.location.trim_end_matches('/'), file.name))?;
            told.set_item("partition", &file.partition)?;
            told.set_item("rows", file.rows)?;
            told.set_item("bytes", file.bytes)?;
            told.set_item("sha256", &file.sha256)?;
            files.append(told)?;
        }
        Ok(files)
    }

    /// The rows, for any reader of Arrow streams.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let rows = WholeRows::of(&self.table, SchemaRef::clone(&self.schema), self.files.clone());
        stream_capsule(py, Box::new(Reader { schema: SchemaRef::clone(&self.schema), rows }))
    }

    /// The columns, for any reader of Arrow schemas.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.schema)
    }

    fn __repr__(&self) -> String {
        format!("<convolake.Scan {} of {}: {} files>", self.table, self.location, self.files.len())
    }
}

/// The rows as `arrow-array` hands them over.
struct Reader {
    schema: SchemaRef,
    rows: WholeRows,
}

impl Iterator for Reader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let told = |error: LoadError| ArrowError::ExternalError(Failure::from(error).text().into());
        self.rows.next().map(|batch| batch.map_err(told))
    }
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}

fn projected(schema: &SchemaRef, table: &str, columns: &[String]) -> PyResult<SchemaRef> {
    let known = || schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>().join(", ");
    let field = |name: &String| {
        let found = schema.field_with_name(name).cloned();
        found.map_err(|_| misused(format!("`{name}` is no column of {table}; one of: {}", known())))
    };
    Ok(Arc::new(ArrowSchema::new(columns.iter().map(field).collect::<PyResult<Vec<_>>>()?)))
}

fn no_table(lake: &Lake, location: &str, table: &str, sources: &[String]) -> PyErr {
    let mut known: Vec<String> = Vec::new();
    for source in sources {
        known.extend(lake.live_tables(source).into_iter().flat_map(|live| live.tables.into_keys()));
    }
    known.sort_unstable();
    known.dedup();
    misused(format!("the lake {location} has no table `{table}`; one of: {}", known.join(", ")))
}
