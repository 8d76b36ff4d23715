//! The scripts of `tests/interop`, which read a lake with other people's code.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use convolake_simulator::Stream;
use tempfile::TempDir;

use crate::lake::Lake;
use crate::source::Source;

/// Every record the streams have now is put together again from rows.
#[track_caller]
pub(crate) fn rebuilds(source: &Source, streams: &[Stream], lake: &Lake) {
    let records = TempDir::new().unwrap();
    source.write_records(streams, records.path());
    script("rebuild.py", &[lake.path(), records.path()]);
}

/// DuckDB, Polars, pyarrow and Spark read the same.
#[track_caller]
pub(crate) fn readers_agree(lake: &Lake) {
    script("readers.py", &[lake.path()]);
}

#[track_caller]
fn script(name: &str, arguments: &[&Path]) {
    let Some(python) = std::env::var_os("CONVOLAKE_PYTHON") else {
        eprintln!(
            "skipped: {name}, since CONVOLAKE_PYTHON names no interpreter; `cargo xtask test` makes one"
        );
        return;
    };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop");
    let output = Command::new(python)
        .arg("-B")
        .arg(folder.join(name))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{name}: {}", said.join("\n"));
    eprintln!("{}", said[0]);
}
