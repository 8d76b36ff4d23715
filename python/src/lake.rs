//! A lake in Python.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use convolake_engine::{
    EngineError, Failure, Lake as EngineLake, Location, StatusRequest, SystemClock, status,
};
use jiff::civil::Date;
use pyo3::prelude::*;

use crate::errors::{misused, raised};
use crate::json;
use crate::landed::LandedPage;
use crate::scan::{Scan, Wanted};

/// A lake that is there: a folder, or ``s3://bucket/prefix`` with the usual ``AWS_`` variables. Nothing here changes it.
#[pyclass(frozen, module = "convolake._convolake")]
pub(crate) struct Lake {
    location: String,
    lake: EngineLake,
}

#[pymethods]
impl Lake {
    #[new]
    fn new(py: Python<'_>, url: &str) -> PyResult<Self> {
        let open = || -> Result<EngineLake, Failure> {
            let found = EngineLake::find(&Location::parse(url).map_err(EngineError::from)?)?;
            Ok(found.ok_or_else(|| EngineError::NoLake { to: url.to_owned() })?)
        };
        let lake = py.detach(open).map_err(raised)?;
        Ok(Self { location: url.to_owned(), lake })
    }

    /// The pipelines that have written here: the values of ``source``.
    fn sources(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let found = py.detach(|| self.lake.pipelines()).map_err(raised)?;
        Ok(found.into_iter().collect())
    }

    /// The tables by the newest commits.
    fn tables(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let sources = self.sources(py)?;
        py.detach(|| {
            let mut tables = BTreeSet::new();
            for source in &sources {
                tables.extend(self.lake.live_tables(source).map_err(raised)?.tables.into_keys());
            }
            Ok(tables.into_iter().collect())
        })
    }

    /// The rows of a table that the newest commits name. ``source`` is a pipeline, all where it is left out; ``months`` are those whose
    /// files are read, as in ``["2025-04"]``: rows whose files have no date are not among them; ``columns`` are all where they are left out.
    #[pyo3(signature = (table, *, source=None, months=None, columns=None))]
    fn scan(
        &self,
        py: Python<'_>,
        table: &str,
        source: Option<String>,
        months: Option<Vec<String>>,
        columns: Option<Vec<String>>,
    ) -> PyResult<Scan> {
        let sources = match source {
            Some(source) => vec![source],
            None => self.sources(py)?,
        };
        let months = months.map(|months| months.iter().map(|month| days_of(month)).collect::<PyResult<_>>());
        let days = months.transpose()?;
        let wanted = Wanted { table: table.to_owned(), sources, columns, days };
        py.detach(|| Scan::begin(&self.lake, &self.location, wanted))
    }

    /// The landed pages of a pipeline, by the names of their objects, of one stream or of all; packed ones too. ``Pipeline.flatten`` takes them.
    #[pyo3(signature = (source, stream=None))]
    fn landed(&self, py: Python<'_>, source: &str, stream: Option<&str>) -> PyResult<Vec<LandedPage>> {
        let raw = Arc::new(self.lake.raw());
        let objects = py.detach(|| raw.objects_with_bytes(source)).map_err(raised)?;
        let of_stream = stream.map(|stream| format!("raw/{source}/{stream}/"));
        let is_wanted = |object: &str| of_stream.as_deref().is_none_or(|below| object.starts_with(below));
        let wanted = objects.into_iter().filter(|(object, _)| is_wanted(object));
        Ok(wanted.map(|(object, bytes)| LandedPage::new(Arc::clone(&raw), object, Some(bytes))).collect())
    }

    /// The landed pages of these objects, which ``landed`` has named; whether they are there shows when they are flattened.
    fn landed_pages(&self, objects: Vec<String>) -> Vec<LandedPage> {
        let raw = Arc::new(self.lake.raw());
        objects.into_iter().map(|object| LandedPage::new(Arc::clone(&raw), object, None)).collect()
    }

    /// The commits, the oldest first, as dicts: ``source``, ``commit`` (its number), ``created_at`` (RFC 3339), ``run``, and ``files`` (the
    /// table files that it changed, with ``path``, ``rows``, ``bytes`` and ``sha256``).
    #[pyo3(signature = (source=None))]
    fn snapshots<'py>(&self, py: Python<'py>, source: Option<String>) -> PyResult<Bound<'py, PyAny>> {
        let sources = match source {
            Some(source) => vec![source],
            None => self.sources(py)?,
        };
        let mut snapshots = Vec::new();
        for source in sources {
            for commit in py.detach(|| self.lake.commits(&source)).map_err(raised)? {
                let files: Vec<serde_json::Value> = commit
                    .files
                    .iter()
                    .map(|file| {
                        serde_json::json!({
                            "path": file.path, "rows": file.rows, "bytes": file.bytes, "sha256": file.sha256,
                        })
                    })
                    .collect();
                snapshots.push(serde_json::json!({
                    "source": source, "commit": commit.seq, "created_at": commit.created_at.to_string(),
                    "run": commit.run, "files": files,
                }));
            }
        }
        json::to_python(py, &serde_json::Value::Array(snapshots))
    }

    /// What ``convolake status --json`` says, as a dict.
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let request =
            StatusRequest { to: self.location.clone(), pipeline: None, runs: 5, fail_if_older_than: None };
        let read = || -> Result<serde_json::Value, Failure> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(Failure::other)?;
            let report = runtime.block_on(status(request, &SystemClock::start()))?;
            serde_json::to_value(&report).map_err(Failure::other)
        };
        let report = py.detach(read).map_err(raised)?;
        json::to_python(py, &report)
    }

    fn __repr__(&self) -> String {
        format!("<convolake.Lake {}>", self.location)
    }
}

/// The days of a month such as `2025-04`, in days since 1970-01-01.
fn days_of(month: &str) -> PyResult<Range<i32>> {
    let first = format!("{month}-01").parse::<Date>();
    let first = first.map_err(|_| misused(format!("`{month}` is no month; write it as in 2025-04")))?;
    let day = |date: Date| date.since(Date::constant(1970, 1, 1)).map_or(0, |span| span.get_days());
    Ok(day(first)..day(first) + i32::from(first.days_in_month()))
}
