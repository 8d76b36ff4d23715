//! Landed pages of a lake, as pages to flatten.

use std::sync::Arc;

use convolake_engine::{EngineError, Flattening};
use convolake_loader::Raw;
use pyo3::prelude::*;

/// A page as it landed in a lake, by itself or packed: ``Pipeline.flatten`` takes it. It is read when it is flattened, with what it refers to.
#[pyclass(frozen, module = "convolake._convolake")]
pub(crate) struct LandedPage {
    raw: Arc<Raw>,
    object: String,
    n_bytes: Option<u64>,
}

impl LandedPage {
    pub(crate) fn new(raw: Arc<Raw>, object: String, n_bytes: Option<u64>) -> Self {
        Self { raw, object, n_bytes }
    }

    /// What reads it without the interpreter's lock.
    pub(crate) fn reading(&self) -> Reading {
        Reading { raw: Arc::clone(&self.raw), object: self.object.clone() }
    }
}

#[pymethods]
impl LandedPage {
    /// The object's name in the lake, as in ``raw/agentx/messages/..``.
    #[getter]
    fn object(&self) -> &str {
        &self.object
    }

    /// About how many bytes it takes in the lake; ``None`` for one that was named and not listed.
    #[getter]
    fn nbytes(&self) -> Option<u64> {
        self.n_bytes
    }

    fn __repr__(&self) -> String {
        format!("<convolake.LandedPage {}>", self.object)
    }
}

/// A landed page on its way into tables.
pub(crate) struct Reading {
    raw: Arc<Raw>,
    object: String,
}

impl Reading {
    pub(crate) fn flatten(&self, into: &mut Flattening<'_>) -> Result<(), EngineError> {
        into.landed_page(&self.raw.page_of(&self.object).map_err(EngineError::RawPage)?)
    }
}
