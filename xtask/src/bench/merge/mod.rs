//! `cargo xtask bench merge`: what it costs to bring new rows into a lake that has rows already.
//!
//! - an upsert of a tenth of one large partition, beside DuckDB doing the same (old and new rows, the newest of each key,
//!   written to the same partitions);
//! - a hundredth of the conversations changed, over a hundred partitions: bytes rewritten;
//! - one row that moves, over a thousand partitions: found without reading them all;
//! - the same pages once more: nothing is written;
//! - pages of several sizes into a lake with the large partition in place: peak memory.

mod lake;
mod messages;
mod options;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::measured::Measured;
use super::page_files::remove;
use super::runner::answer;
use crate::project::Project;
use crate::{command, python};
use lake::Lake;
use messages::Messages;

pub(super) use options::MergeOptions;

/// When a run is stopped.
const LIMIT_SECONDS: &str = "1800";
/// Messages of a conversation.
const PER_CONVERSATION: u64 = 20;

/// Fails where it could not measure, or where `convolake` failed.
pub(super) fn merge(project: &Project, options: &MergeOptions) -> Result<(), String> {
    let bench = Bench::prepare(project, options)?;
    bench.upsert(options.rows)?;
    bench.hundredth()?;
    bench.moved()?;
    for megabytes in &options.megabytes {
        bench.memory(options.rows, *megabytes)?;
    }
    remove(&bench.folder)
}

struct Bench {
    python: PathBuf,
    peers: PathBuf,
    convolake: PathBuf,
    folder: PathBuf,
}

impl Bench {
    fn prepare(project: &Project, options: &MergeOptions) -> Result<Self, String> {
        let convolake = match &options.binary {
            Some(path) => {
                path.canonicalize().map_err(|error| format!("--binary {}: {error}", path.display()))?
            }
            None => {
                command::run(project.cargo().args(["build", "--release", "-p", "convolake-cli"]))?;
                project.target.join("release").join(format!("convolake{}", std::env::consts::EXE_SUFFIX))
            }
        };
        let folder = project.target.join("bench").join("merge");
        remove(&folder)?;
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let python = match &options.python {
            Some(python) => python.clone(),
            None => python::prepare_with_peers(project)?,
        };
        Ok(Self { python, peers: project.root.join("tests/peers"), convolake, folder })
    }

    /// A tenth of a partition: half of it other words for rows that are there, half new rows.
    fn upsert(&self, rows: u64) -> Result<(), String> {
        let conversations = rows / PER_CONVERSATION;
        let base = Messages { from: 0, conversations, days: 1, words: "as it was", first_day: 0 };
        let changed = Messages { conversations: conversations / 20, words: "another", ..base };
        let added = Messages { from: conversations, conversations: conversations / 20, ..base };
        let lake = self.lake("base");
        self.flatten(&[self.pages("base", &[base])?], &lake)?;
        let new_pages = self.pages("upsert", &[changed, added])?;
        let new = self.lake("new");
        self.flatten(std::slice::from_ref(&new_pages), &new)?;

        let merged = self.lake("merged");
        lake.copy_to(&merged)?;
        let ours = self.flatten(&[new_pages], &merged)?;
        let report = merged.last_report()?;
        let n_rows = (rows + rows / 10) as f64;
        self.tell("merge_rows", n_rows);
        self.tell("merge_rows_per_second", n_rows / ours.wall_seconds);
        self.tell("merge_cpu_seconds", ours.cpu_seconds);
        self.tell("merge_wall_seconds", ours.wall_seconds);
        self.tell("merge_peak_mib", mib(&ours));
        self.tell("merge_rows_changed", report.of("rows_changed"));
        self.tell("merge_rows_added", report.of("rows_added"));
        for threads in ["1", "2"] {
            let theirs = self.duckdb(&lake, &new, threads)?;
            self.tell(&format!("merge_duckdb{threads}_rows_per_second"), n_rows / theirs.wall_seconds);
            self.tell(&format!("merge_duckdb{threads}_cpu_seconds"), theirs.cpu_seconds);
            self.tell(&format!("merge_duckdb{threads}_peak_mib"), mib(&theirs));
            self.tell(&format!("merge_cpu_duckdb{threads}_over_ours"), theirs.cpu_seconds / ours.cpu_seconds);
            self.tell(
                &format!("merge_wall_duckdb{threads}_over_ours"),
                theirs.wall_seconds / ours.wall_seconds,
            );
        }

        let again = self.flatten(&[self.pages("base", &[base])?], &lake)?;
        self.tell("merge_rerun_files_written", lake.last_report()?.of("files_written"));
        self.tell("merge_rerun_cpu_seconds", again.cpu_seconds);
        Ok(())
    }

    /// One conversation in a hundred goes on, each on its day, over a hundred days.
    fn hundredth(&self) -> Result<(), String> {
        let base = Messages { from: 0, conversations: 10_000, days: 100, words: "as it was", first_day: 0 };
        let lake = self.lake("hundredth");
        self.flatten(&[self.pages("hundredth", &[base])?], &lake)?;
        let before = lake.files()?;
        let changed = Messages { conversations: 100, words: "another", days: 10, ..base };
        let took = self.flatten(&[self.pages("hundredth-changed", &[changed])?], &lake)?;
        let report = lake.last_report()?;
        let touched: u64 = lake
            .files()?
            .iter()
            .filter_map(|(path, now)| {
                let was = before.get(path)?;
                (was != now).then_some(was.bytes)
            })
            .sum();
        self.tell("hundredth_bytes_rewritten_over_touched", report.of("bytes_written") / touched as f64);
        self.tell("hundredth_files_written", report.of("files_written"));
        self.tell("hundredth_files", before.len() as f64);
        self.tell("hundredth_cpu_seconds", took.cpu_seconds);
        Ok(())
    }

    /// One message is of another day now, among a thousand.
    fn moved(&self) -> Result<(), String> {
        let base = Messages { from: 0, conversations: 20_000, days: 1000, words: "as it was", first_day: 0 };
        let lake = self.lake("thousand");
        let filled = self.flatten(&[self.pages("thousand", &[base])?], &lake)?;
        let moved = Messages { from: 500, conversations: 1, first_day: 300, ..base };
        let took = self.flatten(&[self.pages("thousand-moved", &[moved])?], &lake)?;
        let report = lake.last_report()?;
        self.tell("moved_partitions", lake.files()?.len() as f64);
        self.tell("moved_rows_changed", report.of("rows_changed"));
        self.tell("moved_files_written", report.of("files_written"));
        self.tell("moved_cpu_seconds", took.cpu_seconds);
        self.tell("moved_wall_seconds", took.wall_seconds);
        self.tell("moved_cpu_over_filling", took.cpu_seconds / filled.cpu_seconds);
        Ok(())
    }

    /// So many megabytes of pages with new rows, into a lake with a large partition.
    fn memory(&self, rows: u64, megabytes: u64) -> Result<(), String> {
        let base = Messages {
            from: 0,
            conversations: rows / PER_CONVERSATION,
            days: 1,
            words: "as it was",
            first_day: 0,
        };
        let lake = self.lake("memory");
        let filled = self.flatten(&[self.pages("base", &[base])?], &lake)?;
        let conversations = megabytes * 1_000_000 / (messages::BYTES_EACH * PER_CONVERSATION);
        let more = Messages { from: 10_000_000, conversations, ..base };
        let took = self.flatten(&[self.pages("memory", &[more])?], &lake)?;
        self.tell(&format!("memory_fill_{rows}_rows_peak_mib"), mib(&filled));
        self.tell(&format!("memory_{megabytes}mb_into_{rows}_rows_peak_mib"), mib(&took));
        self.tell(&format!("memory_{megabytes}mb_into_{rows}_rows_wall_seconds"), took.wall_seconds);
        let verified = self.measure(|command| {
            command.arg(&self.convolake).args(["verify", "--tables-only", "--to"]).arg(&lake.folder);
        })?;
        self.tell(&format!("memory_verify_after_{megabytes}mb_peak_mib"), mib(&verified));
        self.tell(&format!("memory_verify_after_{megabytes}mb_wall_seconds"), verified.wall_seconds);
        Ok(())
    }

    fn lake(&self, name: &str) -> Lake {
        Lake { folder: self.folder.join(name) }
    }

    /// A page file of these messages, made once.
    fn pages(&self, name: &str, messages: &[Messages]) -> Result<PathBuf, String> {
        let path = self.folder.join(format!("{name}.jsonl.zst"));
        if name != "base" || !path.is_file() {
            messages::write(&path, messages).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(path)
    }

    fn flatten(&self, pages: &[PathBuf], lake: &Lake) -> Result<Measured, String> {
        self.measure(|command| {
            command.arg(&self.convolake).args(["flatten", "agentx/messages"]).args(pages);
            command.arg("--to").arg(&lake.folder).args([
                "--set",
                "params.bot_name=bench",
                "--set",
                "partition_by=day",
            ]);
        })
    }

    fn duckdb(&self, old: &Lake, new: &Lake, threads: &str) -> Result<Measured, String> {
        let output = self.folder.join("duckdb");
        let measured = self.measure(|command| {
            command.arg(&self.python).arg(self.peers.join("duckdb_merge.py"));
            command.arg(&old.folder).arg(&new.folder).args(["--threads", threads, "--to"]).arg(&output);
        });
        remove(&output)?;
        measured
    }

    fn measure(&self, words: impl FnOnce(&mut Command)) -> Result<Measured, String> {
        let mut measure = Command::new(&self.python);
        measure.arg(self.peers.join("measure.py")).arg(LIMIT_SECONDS);
        words(&mut measure);
        let measured: Measured = answer(measure.current_dir(Path::new(&self.folder)).stdin(Stdio::piped()))?;
        match measured.exit_code {
            0 => Ok(measured),
            code => Err(format!("{measure:?} ended with exit code {code}\n{}", measured.stderr.trim_end())),
        }
    }

    fn tell(&self, name: &str, value: f64) {
        println!("figure {name} {}", super::table::significant(value));
    }
}

fn mib(measured: &Measured) -> f64 {
    measured.peak_bytes as f64 / f64::from(1 << 20)
}
