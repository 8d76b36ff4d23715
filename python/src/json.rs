//! Documents of the engine as Python's own dicts and lists.

use pyo3::prelude::*;
use serde_json::Value;

use crate::errors::misused;

/// A document as Python sees it.
pub(crate) fn to_python<'py>(py: Python<'py>, document: &Value) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.call_method1("loads", (document.to_string(),))
}

/// A value that Python gives: text, number, boolean, None, dict or list.
pub(crate) fn of_python(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let text: String = value.py().import("json")?.call_method1("dumps", (value,))?.extract()?;
    serde_json::from_str(&text)
        .map_err(|error| misused(format!("{value} is no value of a pipeline: {error}")))
}
