//! A pipeline in Python.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use convolake_engine::{MemoryFlattener, Override, Project, TableForm, table_schema};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::Value;

use crate::errors::{misused, raised};
use crate::flattened::Flattened;
use crate::json;
use crate::pages;
use crate::schema::{Engine, Schema};

/// A pipeline with its streams, schemas and tables.
///
/// ``name_or_path`` is a built-in pipeline or the path of a pipeline file; ``set`` overrides fields of it by their dotted paths, as
/// ``--set`` of the command line does: ``Pipeline("agentx", set={"params.bot_name": "b1"})``.
#[pyclass(frozen, module = "convolake._convolake")]
pub(crate) struct Pipeline {
    name: String,
    overrides: Vec<Override>,
    project: Project,
    /// Compiled schemas, by stream and params.
    compiled: Mutex<BTreeMap<StreamWithParams, Arc<MemoryFlattener>>>,
}

/// A stream, and params by name.
type StreamWithParams = (String, Vec<(String, String)>);

#[pymethods]
impl Pipeline {
    #[new]
    #[pyo3(signature = (name_or_path, *, set=None))]
    fn new(py: Python<'_>, name_or_path: &str, set: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut overrides = Vec::new();
        for (key, value) in set.into_iter().flatten() {
            overrides.push(override_of(&key.extract::<String>()?, json::of_python(&value)?)?);
        }
        let project = py.detach(|| Project::load(name_or_path, &overrides)).map_err(raised)?;
        Ok(Self { name: name_or_path.to_owned(), overrides, project, compiled: Mutex::default() })
    }

    /// The pipeline's name: the value of ``source`` in all its rows.
    #[getter]
    fn name(&self) -> &str {
        &self.project.pipeline.name
    }

    /// The streams, in the order of the pipeline file.
    #[getter]
    fn streams(&self) -> Vec<String> {
        self.project.pipeline.streams.keys().cloned().collect()
    }

    /// The tables that the streams feed.
    #[getter]
    fn tables(&self) -> Vec<String> {
        self.project.tables.keys().cloned().collect()
    }

    /// Makes tables of pages. No lake, no network; the same pages give the same tables.
    ///
    /// ``pages`` are the bytes of a page, the path of a page file (one page a file or a line, ``.gz`` and ``.zst`` too; lines of a
    /// raw zone as well), or an iterable of either. ``stream`` may be left out where the pipeline has one. ``params`` are those that
    /// fill columns, by name.
    ///
    /// Rows come in the order of their pages, and a record that comes twice has its rows twice: only a lake keeps the newest.
    #[pyo3(signature = (pages, stream=None, params=None))]
    fn flatten(
        &self,
        py: Python<'_>,
        pages: &Bound<'_, PyAny>,
        stream: Option<&str>,
        params: Option<BTreeMap<String, String>>,
    ) -> PyResult<Flattened> {
        let flattener = self.flattener(self.only_stream(stream)?, params.unwrap_or_default())?;
        let mut flattening = flattener.begin();
        pages::flatten(pages, &mut flattening)?;
        let flattened = py.detach(|| flattening.finish()).map_err(raised)?;
        Flattened::new(py, flattened)
    }

    /// The columns of a table: of the rows that ``flatten`` gives, or with ``of="lake"`` of those in a lake, which have the lineage
    /// ``fetched_at`` and ``page`` too. ``engine`` is who is to take them: ``arrow``, ``polars``, ``duckdb``; ``spark`` or ``sail``, which hold
    /// each batch against the schema exactly, and so get no metadata. Instants are microseconds in UTC for all of them.
    #[pyo3(signature = (table, engine="arrow", of="pages"))]
    fn schema(&self, table: &str, engine: &str, of: &str) -> PyResult<Schema> {
        let form = match of {
            "pages" => TableForm::Flattened,
            "lake" => TableForm::Stored,
            _ => return Err(misused(format!("of=\"{of}\" is not known; one of: pages, lake"))),
        };
        let columns = table_schema(&self.project, table, form).map_err(raised)?;
        Ok(Schema { columns: Engine::of_name(engine)?.columns(&columns) })
    }

    fn __repr__(&self) -> String {
        format!("<convolake.Pipeline {}>", self.project.pipeline.name)
    }
}

impl Pipeline {
    fn only_stream<'a>(&'a self, stream: Option<&'a str>) -> PyResult<&'a str> {
        let mut streams = self.project.pipeline.streams.keys();
        match (stream, streams.next(), streams.next()) {
            (Some(stream), ..) => Ok(stream),
            (None, Some(only), None) => Ok(only),
            _ => Err(misused(format!(
                "the pipeline {} has several streams: say of which the pages are, one of: {}",
                self.project.pipeline.name,
                self.streams().join(", ")
            ))),
        }
    }

    fn flattener(&self, stream: &str, params: BTreeMap<String, String>) -> PyResult<Arc<MemoryFlattener>> {
        let key = (stream.to_owned(), params.into_iter().collect::<Vec<_>>());
        let compiled = || self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = compiled().get(&key) {
            return Ok(Arc::clone(known));
        }
        let given = key.1.iter().map(|(name, value)| Override::new(&["params", name], value.as_str()));
        let overrides: Vec<Override> = self.overrides.iter().cloned().chain(given).collect();
        let with_params;
        let project = match key.1.is_empty() {
            true => &self.project,
            false => {
                with_params = Project::load(&self.name, &overrides).map_err(raised)?;
                &with_params
            }
        };
        let how = |name: &str| format!("give params={{\"{name}\": VALUE}}");
        let new = Arc::new(MemoryFlattener::new(project, stream, how).map_err(raised)?);
        compiled().insert(key, Arc::clone(&new));
        Ok(new)
    }
}

/// An override of a field by its dotted path.
fn override_of(key: &str, value: Value) -> PyResult<Override> {
    let path: Vec<&str> = key.split('.').collect();
    if path.contains(&"") {
        return Err(misused(format!("`{key}` is no dotted path of a field, as params.agent_id is")));
    }
    Ok(Override::new(&path, value))
}
