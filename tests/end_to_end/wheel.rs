//! The Python module, built by `cargo xtask test` and used as its users do.

use std::path::{Path, PathBuf};

use crate::python;

/// Its rows are those of the binary, over the seeds of the fuzzer and the page files there are; by Polars, pyarrow and DuckDB.
#[test]
fn the_module_gives_the_rows_of_the_binary() {
    let root = root();
    let seeds = root.join("fuzz/seeds/page_to_rows");
    let exports = std::env::var_os("CONVOLAKE_EXPORTS").map(PathBuf::from);
    let binary = Path::new(env!("CARGO_BIN_EXE_convolake"));
    let readme = root.join("README.md");
    let mut arguments = vec![binary, seeds.as_path(), readme.as_path()];
    arguments.extend(exports.as_deref());
    python::with_module("wheel.py", &arguments);
}

/// The folder of the project, asked for at run time, as checkouts may share a build folder.
fn root() -> PathBuf {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    PathBuf::from(folder).join("../..")
}
