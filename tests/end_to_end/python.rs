//! The scripts of `tests/interop`, which read a lake with other people's code.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

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

/// deltalake, Polars, DuckDB's delta extension and Sail read the rows of the plain files, also from a checkpoint on; earlier versions have these rows.
/// Where the lake is in a bucket, deltalake and Polars read it over S3, too.
#[track_caller]
pub(crate) fn delta_agrees(lake: &Lake, rows_of_versions: &serde_json::Value) {
    // Of a folder the store of the tests (`s3s-fs`) says 500, where Sail asks whether it is an object.
    let over_s3: &[&str] = if lake.to().starts_with("s3://") { &["delta.py"] } else { &[] };
    delta_readers(lake, (lake.path(), lake.path()), rows_of_versions, over_s3);
}

/// The same over S3 alone, by deltalake, Polars and Sail, against files that were copied out of the bucket.
#[track_caller]
pub(crate) fn delta_agrees_over_s3(lake: &Lake) {
    let folder = TempDir::new().unwrap();
    let Some(mut mirror) = command("mirror_bucket.py") else { return };
    mirror.arg(lake.to().strip_prefix("s3://").unwrap());
    mirror.envs(lake.environment().iter().map(|(name, value)| (name, value)));
    run("mirror_bucket.py", mirror, &[folder.path()]);
    let files = (folder.path(), folder.path());
    delta_readers(lake, files, &serde_json::json!({}), &["delta.py", "delta_sail.py"]);
}

/// Has the Delta tables of a lake, whose files are here, held against the plain files of a lake; those scripts that are `over_s3` are told where it is.
#[track_caller]
fn delta_readers(
    lake: &Lake,
    (files, plain): (&Path, &Path),
    rows_of_versions: &serde_json::Value,
    over_s3: &[&str],
) {
    let folder = TempDir::new().unwrap();
    let rows = folder.path().join("rows.json");
    std::fs::write(&rows, rows_of_versions.to_string()).unwrap();
    let readers = [("delta.py", command("delta.py")), ("delta_sail.py", command_on("sail", "delta_sail.py"))];
    for (name, command) in readers {
        let Some(mut command) = command else { continue };
        command.arg(files).arg(&rows).arg(plain).args(over_s3.contains(&name).then_some(lake.to()));
        command.envs(lake.environment().iter().map(|(name, value)| (name, value)));
        run(name, command, &[]);
    }
}

/// [`delta_agrees`], for a lake without plain files, by the plain files of another.
#[track_caller]
pub(crate) fn delta_agrees_with(lake: &Lake, plain: &Lake, rows_of_versions: &serde_json::Value) {
    delta_readers(lake, (lake.path(), plain.path()), rows_of_versions, &[]);
}

/// DuckDB and Polars read the rows of a table as `expected` says: a list of rows, each cell as DuckDB writes it.
#[track_caller]
pub(crate) fn reads(lake: &Lake, table: &str, expected: &serde_json::Value) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("expected.json");
    std::fs::write(&file, expected.to_string()).unwrap();
    script("cells.py", &[&lake.path().join(table), &file]);
}

/// The SQL of `docs/sql` gives the metrics that are reckoned on paper, and those of loops over the rows.
#[track_caller]
pub(crate) fn metrics_hold() {
    script("metrics.py", &[Path::new(env!("CARGO_BIN_EXE_convolake"))]);
}

/// The rows of each table of a lake in a bucket, as pyarrow, Polars and DuckDB agree on over the network; `None` where
/// there is no Python.
#[track_caller]
pub(crate) fn rows_in_bucket(lake: &Lake, endpoint: &str, tables: &[&str]) -> Option<BTreeMap<String, u64>> {
    let mut command = command("read_bucket.py")?;
    command.arg(endpoint).arg(lake.to().strip_prefix("s3://").unwrap()).args(tables);
    let output = command.envs(lake.environment().iter().map(|(name, value)| (name, value))).output().unwrap();
    assert!(output.status.success(), "read_bucket.py: {}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The S3 server of moto, ended when dropped.
pub(crate) struct Moto {
    server: Child,
    pub(crate) url: String,
}

impl Moto {
    /// Serves one bucket; `None` where there is no Python.
    pub(crate) fn start(bucket: &str) -> Option<Self> {
        let mut command = command("moto_server.py")?;
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            command.env(name, "moto");
        }
        let pipes = command.arg(bucket).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = pipes.spawn().unwrap();
        let mut url = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Some(Self { server, url: url.trim_end().to_owned() })
    }

    /// A lake in a bucket of it.
    pub(crate) fn lake(&self, to: &str) -> Lake {
        let environment = [
            ("AWS_ENDPOINT_URL", self.url.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", "moto"),
            ("AWS_SECRET_ACCESS_KEY", "moto"),
            ("AWS_SESSION_TOKEN", "moto"),
            ("AWS_REGION", "us-east-1"),
        ];
        Lake::elsewhere(to.to_owned(), environment.map(|(name, value)| (name, value.to_owned())).to_vec())
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // Both fail for a process that has ended already.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// A script that uses the Python module; skipped aloud where that was not built.
#[track_caller]
pub(crate) fn with_module(name: &str, arguments: &[&Path]) {
    if has_module() {
        script(name, arguments);
    }
}

/// Whether the Python module was built; said aloud where it was not.
pub(crate) fn has_module() -> bool {
    let is_built = std::env::var_os("CONVOLAKE_MODULE").is_some();
    if !is_built {
        eprintln!("skipped: the Python module was not built; `cargo xtask test` builds it");
    }
    is_built
}

/// A script that uses the Python module with Spark, with Sail, or with neither; skipped aloud where the machine lacks what it needs.
#[track_caller]
pub(crate) fn on_engine(engine: &str, name: &str, arguments: &[&Path]) {
    if let Some(command) = command_on(engine, name) {
        run(name, command, arguments);
    }
}

/// A script that is told of the binary, a lake, which it may reach, and the engine; false where the machine lacks what it needs.
#[track_caller]
pub(crate) fn on_engine_with(engine: &str, name: &str, lake: &Lake) -> bool {
    let Some(mut command) = command_on(engine, name) else { return false };
    command.arg(env!("CARGO_BIN_EXE_convolake")).arg(lake.to()).arg(engine);
    command.envs(lake.environment().iter().map(|(name, value)| (name, value)));
    run(name, command, &[]);
    true
}

/// A call of a script by the Python of an engine, which Sail has of its own; `None`, and said aloud, where there is none, or no Java for Spark.
fn command_on(engine: &str, name: &str) -> Option<Command> {
    let has_java = || Command::new("java").arg("-version").output().is_ok_and(|said| said.status.success());
    if engine == "spark" && !has_java() {
        eprintln!("skipped: {name} on Spark, since this machine has no Java");
        return None;
    }
    let python =
        std::env::var_os(if engine == "sail" { "CONVOLAKE_SAIL_PYTHON" } else { "CONVOLAKE_PYTHON" });
    if python.is_none() {
        eprintln!(
            "skipped: {name} on {engine}, since no Python with it was prepared; `cargo xtask test` does"
        );
    }
    python.map(|python| command_of(python, name))
}

#[track_caller]
fn script(name: &str, arguments: &[&Path]) {
    if let Some(command) = command(name) {
        run(name, command, arguments);
    }
}

#[track_caller]
fn run(name: &str, mut command: Command, arguments: &[&Path]) {
    let output = command.args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{name}: {}", said.join("\n"));
    eprintln!("{}", said[0]);
}

/// A call of a script; `None`, and said aloud, where there is no Python.
fn command(name: &str) -> Option<Command> {
    let Some(python) = std::env::var_os("CONVOLAKE_PYTHON") else {
        eprintln!(
            "skipped: {name}, since CONVOLAKE_PYTHON names no interpreter; `cargo xtask test` makes one"
        );
        return None;
    };
    Some(command_of(python, name))
}

fn command_of(python: OsString, name: &str) -> Command {
    // Read at run time, as checkouts may share a build folder.
    let crate_folder =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let folder = PathBuf::from(crate_folder).join("../../tests/interop");
    let mut command = Command::new(python);
    command.arg("-B").arg(folder.join(name)).stdin(Stdio::null());
    command
}
