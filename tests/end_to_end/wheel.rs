//! The Python module, built by `cargo xtask test` and used as its users do.

use std::path::{Path, PathBuf};

use convolake_simulator::Stream;

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::python;
use crate::source::{ONE_AFTER_THE_OTHER, PIPELINES, Source};

/// Its rows are those of the binary, over the seeds of the fuzzer and the page files there are; by Polars, pyarrow and DuckDB.
#[test]
fn the_module_gives_the_rows_of_the_binary() {
    let root = root();
    let seeds = root.join("fuzz/seeds/page_to_rows");
    let exports = std::env::var_os("CONVOLAKE_EXPORTS").map(PathBuf::from);
    let readme = root.join("README.md");
    let mut arguments = vec![binary(), seeds.as_path(), readme.as_path()];
    arguments.extend(exports.as_deref());
    python::with_module("wheel.py", &arguments);
}

/// The files are those of a replay of one machine, whatever becomes of tasks; a driver that dies changes nothing.
#[test]
fn a_replay_in_the_steps_of_a_cluster_makes_the_same_files() {
    cluster("steps");
}

#[test]
fn a_replay_by_spark_makes_the_same_files() {
    cluster("spark");
}

#[test]
fn a_replay_by_sail_makes_the_same_files() {
    cluster("sail");
}

/// Landed pages are rows for Spark and Sail, packed ones and those in a bucket, too; other URLs are refused.
#[test]
fn landed_pages_are_read_wherever_the_lake_is() {
    if !python::has_module() {
        return;
    }
    let source = Source::of_small_pages(20);
    let pull = |lake: &Lake| drop(Convolake::pull("convocore", &source, lake).ends(0));
    let on_disk = Lake::new();
    pull(&on_disk);
    python::on_engine_with("sail", "source.py", &on_disk);
    if let Some(moto) = python::Moto::start("lakes") {
        let lake = moto.lake("s3://lakes/landed");
        pull(&lake);
        python::on_engine_with("sail", "source.py", &lake);
        python::on_engine_with("spark", "source.py", &lake);
    }
}

/// A replay of a lake in a bucket makes the files of one machine, and Delta tables of them.
#[test]
fn a_replay_in_a_bucket_makes_the_same_files() {
    let Some(moto) = python::Moto::start("lakes").filter(|_| python::has_module()) else { return };
    let (source, lake) = (Source::of_small_pages(20), moto.lake("s3://lakes/replayed"));
    Convolake::pull("convocore", &source, &lake).ends(0);
    if python::on_engine_with("sail", "cluster_bucket.py", &lake) {
        python::delta_agrees_over_s3(&lake);
    }
}

/// `examples/spark-submit.sh` does what it says, in local mode.
#[test]
fn the_example_for_spark_submit_makes_the_same_files() {
    let source = Source::of_small_pages(20);
    let lake = Lake::new();
    Convolake::pull("convocore", &source, &lake).ends(0);
    if python::has_module() {
        python::on_engine("spark", "submit.py", &[binary(), lake.path()]);
    }
}

/// It says what it lacks, in the words of `convolake replay`, and ends as that does. Where `convolake-marts` is there, tests beside it hold
/// what it makes.
#[test]
fn a_replay_on_a_cluster_without_the_program_for_what_follows_says_so() {
    python::with_module("after_replay.py", &[binary(), Path::new("without")]);
}

/// Holds a lake of both pipelines, with tombstones, against its replay on an engine.
#[track_caller]
fn cluster(engine: &str) {
    if !python::has_module() {
        return;
    }
    let source = Source::of_small_pages(40);
    let lake = Lake::new();
    for (pipeline, _) in PIPELINES {
        Convolake::pull(pipeline, &source, &lake).ends(0);
    }
    let ids: Vec<String> = source.ids(Stream::ConvocoreExport).into_iter().step_by(10).collect();
    let _gone = source.running.delete(&ids);
    let settings = ["streams.export.full_walk=0s", "streams.export.gone=remove"];
    let removing = Convolake::pull("convocore", &source, &lake).set(ONE_AFTER_THE_OTHER);
    settings.iter().fold(removing, |run, setting| run.set(setting)).ends(0);
    python::on_engine(engine, "cluster.py", &[binary(), lake.path(), Path::new(engine)]);
}

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_convolake"))
}

/// The folder of the project, asked for at run time, as checkouts may share a build folder.
fn root() -> PathBuf {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    PathBuf::from(folder).join("../..")
}
