//! What pages gave, in Python.

use convolake_engine::{DriftReport, FlatTable, Flattened as EngineFlattened, RejectedRecord};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::misused;
use crate::json;
use crate::table::Table;

/// What pages gave: a table for each that the stream feeds, what could not become rows, and how the pages differ from what the
/// schema expects.
#[pyclass(frozen, module = "convolake._convolake")]
pub(crate) struct Flattened {
    tables: Vec<(String, Py<Table>)>,
    rejects: Vec<RejectedRecord>,
    drift: DriftReport,
    pages: u64,
    records: u64,
    gone: Vec<String>,
}

impl Flattened {
    pub(crate) fn new(py: Python<'_>, flattened: EngineFlattened) -> PyResult<Self> {
        let EngineFlattened { tables, pages, records, rejects, drift, gone } = flattened;
        let table = |(name, rows): (String, FlatTable)| {
            let table = Py::new(py, Table::new(&name, rows))?;
            Ok((name, table))
        };
        let tables = tables.into_iter().map(table).collect::<PyResult<_>>()?;
        Ok(Self { tables, rejects, drift, pages, records, gone })
    }
}

#[pymethods]
impl Flattened {
    /// The tables by name, in the order of the stream's schema; those without rows too.
    #[getter]
    fn tables<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let tables = PyDict::new(py);
        for (name, table) in &self.tables {
            tables.set_item(name, table)?;
        }
        Ok(tables)
    }

    /// The records that became no rows, and the pages that could not be read, in the order of the pages.
    #[getter]
    fn rejects(&self) -> Vec<Reject> {
        self.rejects.iter().cloned().map(Reject).collect()
    }

    /// How the pages differ from what the schema expects: a dict of lists, each with counts and the first place.
    #[getter]
    fn drift<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let document = serde_json::to_value(&self.drift).map_err(|error| misused(error.to_string()))?;
        json::to_python(py, &document)
    }

    /// The number of pages.
    #[getter]
    fn pages(&self) -> u64 {
        self.pages
    }

    /// The number of records on them, with the rejected ones.
    #[getter]
    fn records(&self) -> u64 {
        self.records
    }

    /// Ids of records that tombstones of a raw zone say are gone at the source.
    #[getter]
    fn gone(&self) -> Vec<String> {
        self.gone.clone()
    }

    fn __getitem__(&self, py: Python<'_>, name: &str) -> PyResult<Py<Table>> {
        let found = self.tables.iter().find(|(table, _)| table == name);
        let known = || self.tables.iter().map(|(table, _)| table.as_str()).collect::<Vec<_>>().join(", ");
        let missing =
            || PyKeyError::new_err(format!("`{name}` is no table of this stream; one of: {}", known()));
        found.map(|(_, table)| table.clone_ref(py)).ok_or_else(missing)
    }

    fn __repr__(&self) -> String {
        let rows = |(name, table): &(String, Py<Table>)| format!("{name} {}", table.get().rows());
        let tables: Vec<String> = self.tables.iter().map(rows).collect();
        format!(
            "<convolake.Flattened: {} pages, {} records, {} rejected; rows: {}>",
            self.pages,
            self.records,
            self.rejects.len(),
            tables.join(", ")
        )
    }
}

/// A record that became no row, or a page that could not be read.
#[pyclass(frozen, module = "convolake._convolake")]
pub(crate) struct Reject(RejectedRecord);

#[pymethods]
impl Reject {
    /// The page, as ``file#line``.
    #[getter]
    fn page(&self) -> &str {
        &self.0.page
    }

    /// The record's place on the page as a JSON Pointer; empty for a page that could not be read.
    #[getter]
    fn pointer(&self) -> &str {
        &self.0.pointer
    }

    /// The kind of fault, a word.
    #[getter]
    fn reason(&self) -> &str {
        &self.0.reason
    }

    /// What exactly is wrong.
    #[getter]
    fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The record as it stands on the page.
    #[getter]
    fn record(&self) -> &str {
        &self.0.record
    }

    fn __repr__(&self) -> String {
        let RejectedRecord { page, pointer, reason, detail, .. } = &self.0;
        format!("<convolake.Reject {page}{pointer}: {reason}: {detail}>")
    }
}
