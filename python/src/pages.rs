//! Pages as Python gives them: bytes, paths, landed ones of a lake, or any number of these.

use std::path::PathBuf;

use convolake_engine::{EngineError, Flattening};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyByteArray, PyBytes, PyString};

use crate::errors::raised;
use crate::landed::{LandedPage, Reading};

/// What is taken from an iterable before the interpreter's lock is given up: flattening it takes some milliseconds.
const TAKEN_BYTES: usize = 8 << 20;
/// As many files are named at once, at the most.
const TAKEN_PAGES: usize = 4096;

/// A page by its bytes, a file of pages, or a page of a lake.
enum Page {
    Bytes { body: PyBackedBytes, name: String },
    File(PathBuf),
    Landed(Reading),
}

impl Page {
    fn of(value: &Bound<'_, PyAny>, nth: usize) -> PyResult<Option<Self>> {
        if value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() {
            return Ok(Some(Self::Bytes { body: value.extract()?, name: format!("page {nth}") }));
        }
        if let Ok(landed) = value.cast::<LandedPage>() {
            return Ok(Some(Self::Landed(landed.get().reading())));
        }
        let is_path = value.is_instance_of::<PyString>() || value.hasattr("__fspath__")?;
        if is_path { Ok(Some(Self::File(value.extract()?))) } else { Ok(None) }
    }

    fn n_bytes(&self) -> usize {
        match self {
            Self::Bytes { body, .. } => body.len(),
            Self::File(_) | Self::Landed(_) => 0,
        }
    }

    fn flatten(&self, into: &mut Flattening<'_>) -> Result<(), EngineError> {
        match self {
            Self::Bytes { body, name } => into.page(body, name),
            Self::File(path) => into.file(path),
            Self::Landed(page) => page.flatten(into),
        }
    }
}

/// Flattens what Python gives. The interpreter's lock is held only while pages are taken from an iterable.
pub(crate) fn flatten(pages: &Bound<'_, PyAny>, into: &mut Flattening<'_>) -> PyResult<()> {
    let py = pages.py();
    let run = |taken: Vec<Page>, into: &mut Flattening<'_>| {
        py.detach(|| taken.iter().try_for_each(|page| page.flatten(into))).map_err(raised)
    };
    if let Some(page) = Page::of(pages, 0)? {
        return run(vec![page], into);
    }
    let mut taken = Vec::new();
    let mut n_bytes = 0;
    for (nth, value) in pages.try_iter().map_err(|_| no_page(pages))?.enumerate() {
        let value = value?;
        let page = Page::of(&value, nth)?.ok_or_else(|| no_page(&value))?;
        n_bytes += page.n_bytes();
        taken.push(page);
        if n_bytes >= TAKEN_BYTES || taken.len() >= TAKEN_PAGES {
            n_bytes = 0;
            run(std::mem::take(&mut taken), into)?;
        }
    }
    run(taken, into)
}

fn no_page(value: &Bound<'_, PyAny>) -> PyErr {
    let kind = value.get_type().name().map(|name| name.to_string()).unwrap_or_default();
    PyTypeError::new_err(format!(
        "a {kind} is no page: give bytes, the path of a page file, a landed page of a lake, or an iterable of these"
    ))
}
