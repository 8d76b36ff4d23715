//! `cargo xtask bench extract`: what a source with a documented limit of 3 requests a second sees of `convolake run`, and of
//! dlt's source for REST APIs doing the same, by how long its answers take.
//!
//! Each run has a simulator of its own, with the same data. What is told is what its ledger holds: it is the source that
//! counts requests, and who is told by it that he is too fast has made them nevertheless.

mod options;
mod pace;
mod simulator;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::measured::Measured;
use super::page_files::remove;
use super::runner::answer;
use super::table::significant;
use crate::project::Project;
use crate::{command, python};
use options::Puller;
use pace::Pace;
use simulator::Simulator;

pub(super) use options::ExtractOptions;

/// What AgentX documents, and the simulator holds to.
const RATE: usize = 3;
/// The generated messages lie within these months.
const FROM: (&str, &str) = ("2024-12-01T00:00:00Z", "1733011200");
const UNTIL: (&str, &str) = ("2025-03-01T00:00:00Z", "1740787200");
/// The simulator takes this one.
const KEY: &str = "simulator";
/// When a run is stopped.
const LIMIT_SECONDS: &str = "600";

/// Fails where it could not measure, or where `convolake` failed; a peer that fails is a line of the table.
pub(super) fn extract(project: &Project, options: ExtractOptions) -> Result<(), String> {
    let bench = Bench::prepare(project, options)?;
    let mut lines = Vec::new();
    for latency_ms in &bench.options.latencies_ms {
        for puller in [Puller::Convolake, Puller::Dlt] {
            if bench.options.only.is_some_and(|only| only != puller) {
                continue;
            }
            let contestant = puller.name();
            match bench.run(puller, *latency_ms) {
                Ok((measured, pace)) => {
                    tell(contestant, *latency_ms, &measured, &pace);
                    lines.push(line(contestant, *latency_ms, &measured, &pace));
                }
                Err(error) if puller == Puller::Convolake => return Err(error),
                Err(error) => lines.push(format!("{latency_ms:>7} ms  {contestant:<10} failed: {error}")),
            }
        }
    }
    println!("\n{HEAD}\n{}", lines.join("\n"));
    remove(&bench.folder)
}

const HEAD: &str =
    "   latency            requests     429  over limit  time / (requests / rate)  seconds    CPU s  records";

fn line(contestant: &str, latency_ms: u64, measured: &Measured, pace: &Pace) -> String {
    format!(
        "{latency_ms:>7} ms  {contestant:<10} {:>7} {:>7} {:>11} {:>25.3} {:>8.1} {:>8.2} {:>8}",
        pace.requests,
        pace.refused,
        pace.over_limit,
        pace.time_over_least(),
        measured.wall_seconds,
        measured.cpu_seconds,
        pace.records
    )
}

fn tell(contestant: &str, latency_ms: u64, measured: &Measured, pace: &Pace) {
    let figure =
        |name: &str, value: String| println!("figure extract_{name}_{contestant}_{latency_ms}ms {value}");
    figure("time_over_ideal", format!("{:.3}", pace.time_over_least()));
    figure("requests", pace.requests.to_string());
    figure("429", pace.refused.to_string());
    figure("requests_over_limit", pace.over_limit.to_string());
    figure("wall_seconds", significant(measured.wall_seconds));
    figure("cpu_seconds", significant(measured.cpu_seconds));
}

struct Bench {
    options: ExtractOptions,
    python: PathBuf,
    peers: PathBuf,
    convolake: PathBuf,
    folder: PathBuf,
}

impl Bench {
    fn prepare(project: &Project, options: ExtractOptions) -> Result<Self, String> {
        let convolake = match &options.binary {
            Some(path) => {
                path.canonicalize().map_err(|error| format!("--binary {}: {error}", path.display()))?
            }
            None => {
                command::run(project.cargo().args(["build", "--release", "-p", "convolake-cli"]))?;
                project.target.join("release").join(format!("convolake{}", std::env::consts::EXE_SUFFIX))
            }
        };
        let folder = project.target.join("bench").join("extract");
        remove(&folder)?;
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let python = match &options.python {
            Some(python) => python.clone(),
            None => python::prepare_with_peers(project)?,
        };
        Ok(Self { options, python, peers: project.root.join("tests/peers"), convolake, folder })
    }

    fn run(&self, puller: Puller, latency_ms: u64) -> Result<(Measured, Pace), String> {
        let simulator = Simulator::start(&self.convolake, self.options.conversations, latency_ms)?;
        let lake = self.folder.join("lake");
        remove(&lake)?;
        let mut measure = Command::new(&self.python);
        measure.arg(self.peers.join("measure.py")).arg(LIMIT_SECONDS);
        match puller {
            Puller::Convolake => self.add_ours(&mut measure, &simulator.base_url(), &lake),
            Puller::Dlt => self.add_dlt(&mut measure, &simulator.base_url(), &lake),
        }
        let measured: Measured = answer(measure.current_dir(&self.folder).stdin(Stdio::piped()))?;
        remove(&lake)?;
        if measured.exit_code != 0 {
            let (code, said) = (measured.exit_code, measured.stderr.trim_end());
            return Err(format!("{} ended with exit code {code}\n{said}", puller.name()));
        }
        let pace = Pace::of(&simulator.requests()?, RATE);
        Ok((measured, pace.ok_or_else(|| format!("{} made no two requests", puller.name()))?))
    }

    fn add_ours(&self, command: &mut Command, base_url: &str, lake: &Path) {
        command.arg(&self.convolake).args(["run", "agentx", "--stream", "messages", "--to"]).arg(lake);
        command.args(["--from", FROM.0, "--until", UNTIL.0, "--set", "params.bot_name=demo-bot"]);
        command.args(["--set", &format!("base_url={base_url}")]);
        command
            .args(["--set", &format!("streams.messages.pages.size.sizes=[{}]", self.options.page_records)]);
        command.env("AGENTX_API_KEY", KEY);
    }

    fn add_dlt(&self, command: &mut Command, base_url: &str, lake: &Path) {
        command.arg(&self.python).arg(self.peers.join("dlt_extract.py")).arg(base_url);
        command.args(["--key", KEY, "--from-second", FROM.1, "--until-second", UNTIL.1]);
        command.args(["--page-records", &self.options.page_records.to_string(), "--to"]).arg(lake);
    }
}
