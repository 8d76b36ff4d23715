//! The Python module `convolake._convolake`: the engine's tables as Arrow streams, without a copy.
//!
//! Columns leave by the Arrow PyCapsule interface, which Polars, pyarrow and DuckDB read. Nothing is handed over by address, so no
//! `unsafe` of ours is needed: a capsule owns the C structure, and `arrow-array` fills it.
//!
//! All that reads, flattens or asks a store gives up the interpreter's lock meanwhile.

mod errors;
mod json;
mod arrow_stream;
mod schema;
mod table;
mod flattened;
mod landed;
mod pages;
mod pipeline;
mod scan;
mod lake;
mod cluster;

use pyo3::prelude::*;

/// Names of `convolake._convolake`.
#[pymodule]
fn _convolake(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("Error", module.py().get_type::<errors::Error>())?;
    module.add_class::<pipeline::Pipeline>()?;
    module.add_class::<flattened::Flattened>()?;
    module.add_class::<flattened::Reject>()?;
    module.add_class::<table::Table>()?;
    module.add_class::<schema::Schema>()?;
    module.add_class::<landed::LandedPage>()?;
    module.add_class::<lake::Lake>()?;
    module.add_class::<scan::Scan>()?;
    module.add_class::<cluster::ClusterReplay>()?;
    module.add_class::<cluster::Fold>()?;
    module.add_class::<cluster::FoldedRows>()?;
    module.add_class::<cluster::TableFiles>()?;
    module.add_function(wrap_pyfunction!(cluster::map_pages, module)?)
}
