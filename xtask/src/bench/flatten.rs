//! The order of a bench: programs, pages, rounds, results.

use std::path::{Path, PathBuf};

use super::contestant::{Contestant, Portion};
use super::figures::figures;
use super::options::Options;
use super::page_files::PageFiles;
use super::results::Results;
use super::runner::{Runner, can_bind};
use super::table::{significant, table};
use super::workload::Workload;
use crate::project::Project;
use crate::{command, python};

/// What a run of one contestant may need beside the page files, and what ten times the pages need.
const FREE_BYTES: u64 = 2_000_000_000;
const FREE_LARGE_BYTES: u64 = 8_000_000_000;

/// Fails where it could not measure, or where `convolake` itself failed; a peer that fails is a line of the table.
pub(super) fn flatten(project: &Project, mut options: Options) -> Result<(), String> {
    if options.contestants.contains(&Contestant::ConvolakeOneCore) && !can_bind() {
        eprintln!("one-core is left out: it takes two cores, and taskset");
        options.contestants.retain(|contestant| *contestant != Contestant::ConvolakeOneCore);
    }
    let folder = bench_folder(project)?;
    let runner = prepare(project, &options, &folder)?;
    let wanted_bytes = match options.contestants.contains(&Contestant::ConvolakeLarge) {
        true => FREE_LARGE_BYTES,
        false => FREE_BYTES,
    };
    runner.check_free_disk(&folder, wanted_bytes)?;

    let page_files = PageFiles {
        folder: folder.join("pages"),
        source: &options.source,
        megabytes: options.megabytes,
        convolake: &runner.convolake,
    };
    println!("{}", machine());
    let mut has_failed = false;
    for workload in &options.workloads {
        let results = measure(&options, &runner, &page_files, *workload)?;
        println!("\n{}", table(&results));
        for (name, value) in figures(&results) {
            println!("figure {name} {value}");
        }
        has_failed |= Contestant::ALL
            .into_iter()
            .any(|contestant| contestant.is_convolake() && results.has_failed(contestant));
    }
    match has_failed {
        true => Err("convolake failed; the table tells how".to_owned()),
        false => Ok(()),
    }
}

/// Where page files are kept and output is written.
pub(super) fn bench_folder(project: &Project) -> Result<PathBuf, String> {
    let folder = project.target.join("bench");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// Builds and installs whatever takes part.
pub(super) fn prepare(project: &Project, options: &Options, folder: &Path) -> Result<Runner, String> {
    let needs_peers = options.contestants.iter().any(|contestant| contestant.is_peer());
    let python = match needs_peers {
        true => python::prepare_with_peers(project)?,
        false => python::prepare(project)?,
    };
    let release =
        |name: &str| project.target.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    // One command for both: their dependencies are then resolved together, and built once.
    let mut build = project.cargo();
    build.args(["build", "--release"]);
    let needs_floor = options.contestants.contains(&Contestant::Floor);
    if options.binary.is_none() {
        build.args(["-p", "convolake-cli", "--bin", "convolake"]);
    }
    if needs_floor {
        build.args(["-p", "convolake-bench", "--bin", "floor"]);
    }
    if options.binary.is_none() || needs_floor {
        command::run(&mut build)?;
    }
    let convolake = match &options.binary {
        Some(path) => path.canonicalize().map_err(|error| format!("--binary {}: {error}", path.display()))?,
        None => release("convolake"),
    };
    Ok(Runner {
        python,
        peers: project.root.join("tests/peers"),
        convolake,
        floor: release("floor"),
        output: folder.join("output"),
    })
}

/// All runs of one workload, in turn.
fn measure(
    options: &Options,
    runner: &Runner,
    page_files: &PageFiles<'_>,
    workload: Workload,
) -> Result<Results, String> {
    let whole = page_files.portion(workload, Portion::Whole)?;
    let mut pages = Vec::new();
    for contestant in &options.contestants {
        let page_file = match contestant.portion() {
            Portion::Whole => whole.clone(),
            portion => page_files.portion(workload, portion)?,
        };
        pages.push((*contestant, page_file));
    }
    // As asked for: pages are whole, so that a file is never quite of its size.
    let nominal_bytes = options.megabytes.map_or(whole.bytes, |megabytes| megabytes * 1_000_000);
    let mut results = Results::new(workload, nominal_bytes);
    for round in 0..options.repeat {
        for (contestant, page_file) in &pages {
            if round >= contestant.runs(options.repeat) || results.has_failed(*contestant) {
                continue;
            }
            let run = runner.run(*contestant, workload, &page_file.path);
            let (workload, label) = (workload.name(), contestant.label());
            match &run {
                Ok((measured, _)) => eprintln!(
                    "{workload}, run {}: {label}: {} s CPU, {} s",
                    round + 1,
                    significant(measured.cpu_seconds),
                    significant(measured.wall_seconds)
                ),
                Err(error) => eprintln!("{workload}, run {}: {label} failed: {error}", round + 1),
            }
            results.add(*contestant, run);
        }
    }
    Ok(results)
}

/// How many cores there are, and how busy they were (where the system tells) before anything ran.
pub(super) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    match load.split_whitespace().next() {
        Some(load) => format!("{cores} cores, load {load} before the first run"),
        None => format!("{cores} cores"),
    }
}
