//! What fails is raised with the text that the command line shows.

use convolake_engine::Failure;
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(
    convolake,
    Error,
    PyException,
    "What failed, where, and what to do about it. `exit_code` is that with which the command line would have ended."
);

/// The exception for a failure of the engine or the loader.
pub(crate) fn raised(failure: impl Into<Failure>) -> PyErr {
    let failure = failure.into();
    let error = Error::new_err(failure.text());
    let told = Python::attach(|py| error.value(py).setattr("exit_code", failure.exit_code()));
    told.err().unwrap_or(error)
}

/// The exception for wrong use of this module.
pub(crate) fn misused(message: impl Into<String>) -> PyErr {
    raised(Failure::misuse(message, None))
}
