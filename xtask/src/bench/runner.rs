//! Runs one contestant once, and cleans up behind it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::de::DeserializeOwned;

use super::contestant::Contestant;
use super::measured::{Measured, Written};
use super::page_files::remove;
use super::workload::Workload;
use crate::command;

/// `convolake` ends so where records were quarantined: it is done, and said so.
const DONE_WITH_QUARANTINE: i32 = 65;

/// The programs, and where they write.
#[derive(Debug, Clone)]
pub(super) struct Runner {
    pub(super) python: PathBuf,
    /// `tests/peers`.
    pub(super) peers: PathBuf,
    pub(super) convolake: PathBuf,
    pub(super) floor: PathBuf,
    /// Removed before and after each run.
    pub(super) output: PathBuf,
}

impl Runner {
    /// The error tells why it failed, and what it last wrote to stderr.
    pub(super) fn run(
        &self,
        contestant: Contestant,
        workload: Workload,
        pages: &Path,
    ) -> Result<(Measured, Written), String> {
        remove(&self.output)?;
        std::fs::create_dir_all(&self.output)
            .map_err(|error| format!("{}: {error}", self.output.display()))?;
        let result = self.run_in_folder(contestant, workload, pages);
        remove(&self.output)?;
        result
    }

    fn run_in_folder(
        &self,
        contestant: Contestant,
        workload: Workload,
        pages: &Path,
    ) -> Result<(Measured, Written), String> {
        let lake = self.output.join("lake");
        let mut measure = Command::new(&self.python);
        measure.arg(self.peers.join("measure.py")).arg(contestant.limit().as_secs().to_string());
        self.add_words(&mut measure, contestant, workload, pages, &lake);
        // What is left of our end of the pipe when we go: `measure.py` then stops what it runs.
        let measured: Measured = answer(measure.current_dir(&self.output).stdin(Stdio::piped()))?;
        let is_done = match measured.exit_code {
            0 => true,
            DONE_WITH_QUARANTINE => contestant.is_convolake(),
            _ => false,
        };
        if !is_done {
            let reason = match measured.stopped {
                true => format!("was stopped after {} s", contestant.limit().as_secs()),
                false => format!("ended with exit code {}", measured.exit_code),
            };
            return Err(format!("{reason}\n{}", measured.stderr.trim_end()));
        }
        let written = match contestant {
            Contestant::Floor => Written::default(),
            _ => answer(Command::new(&self.python).arg(self.peers.join("count.py")).arg(lake))?,
        };
        Ok((measured, written))
    }

    fn add_words(
        &self,
        command: &mut Command,
        contestant: Contestant,
        workload: Workload,
        pages: &Path,
        lake: &Path,
    ) {
        let script = match contestant {
            Contestant::Floor => {
                command.arg(&self.floor).arg(pages);
                return;
            }
            Contestant::Duckdb1 | Contestant::Duckdb2 => "duckdb_flatten.py",
            Contestant::Polars => "polars_flatten.py",
            Contestant::Dlt => "dlt_flatten.py",
            Contestant::Convolake
            | Contestant::ConvolakeOneCore
            | Contestant::ConvolakeHalf
            | Contestant::ConvolakeLarge => {
                if contestant == Contestant::ConvolakeOneCore {
                    command.args(["taskset", "-c", "0"]);
                }
                command.arg(&self.convolake).args(["flatten", workload.stream()]).arg(pages);
                command.arg("--to").arg(lake).args(["--set", workload.param()]);
                return;
            }
        };
        let threads = match contestant {
            Contestant::Duckdb2 => "2",
            _ => "1",
        };
        command.arg(&self.python).arg(self.peers.join(script)).arg(pages);
        command.args(["--workload", workload.name(), "--threads", threads, "--to"]).arg(lake);
    }

    /// Fails where the disk has less than this left.
    pub(super) fn check_free_disk(&self, folder: &Path, wanted_bytes: u64) -> Result<(), String> {
        let script = "import shutil, sys; print(shutil.disk_usage(sys.argv[1]).free)";
        let text = command::output(Command::new(&self.python).args(["-c", script]).arg(folder))?;
        let free_bytes: u64 = text.trim().parse().map_err(|_| format!("free disk: `{text}` is no number"))?;
        match free_bytes >= wanted_bytes {
            true => Ok(()),
            false => Err(format!(
                "{}: {} MB of disk are free, and {} are needed",
                folder.display(),
                free_bytes / 1_000_000,
                wanted_bytes / 1_000_000
            )),
        }
    }
}

/// Whether a program can be bound to a core.
pub(super) fn can_bind() -> bool {
    let has_second_core = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
    has_second_core && command::is_there(Command::new("taskset").args(["-c", "0", "true"]))
}

/// The JSON a script of ours writes.
pub(super) fn answer<T: DeserializeOwned>(script: &mut Command) -> Result<T, String> {
    let child = script.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
    let mut child = child.map_err(|error| format!("{script:?} could not be started: {error}"))?;
    let stdin = child.stdin.take();
    let output = child.wait_with_output().map_err(|error| format!("{script:?}: {error}"))?;
    drop(stdin);
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{script:?} ended with {} and wrote no answer: {error}", output.status))
}
