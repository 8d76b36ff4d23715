//! `fuzz/`: any bytes into the flattener and the parsers, guided by coverage, for a while.
//!
//! One toolchain serves: coverage needs none of rustc's nightly options as long as no sanitizer is asked for, and there is no
//! `unsafe` of ours for one to look at.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::command;
use crate::project::Project;

/// What `fuzz --help` says.
pub(crate) const USAGE: &str = "\
usage: cargo xtask fuzz [--seconds N] [TARGET...]

Runs each target (all, where none is named) for N seconds, 60 unless told. What is found stands under target/fuzz/artifacts;
`cargo xtask fuzz TARGET FILE` runs a target on one file again.

targets: page_to_rows, any_schema, timestamps, schema_files, raw_line";

const TARGETS: [&str; 5] = ["page_to_rows", "any_schema", "timestamps", "schema_files", "raw_line"];
const DEFAULT_SECONDS: u64 = 60;

/// An input that takes longer than this counts as a hang, and one that takes more memory as a leak.
const LONGEST_SECONDS: u64 = 10;
const MOST_MEGABYTES: u64 = 2048;
const LONGEST_BYTES: u64 = 4096;

/// Runs the targets one after the other; a finding in one does not keep the others from running.
pub(crate) fn fuzz(project: &Project, words: &[&str]) -> Result<(), String> {
    let (seconds, words) = match words {
        ["--seconds", seconds, rest @ ..] => match seconds.parse() {
            Ok(seconds) => (seconds, rest),
            Err(_) => return Err(format!("`{seconds}` is no number of seconds\n{USAGE}")),
        },
        words => (DEFAULT_SECONDS, words),
    };
    let known = |word: &&&str| TARGETS.contains(*word);
    let (targets, file) = match words {
        [] => (TARGETS.to_vec(), None),
        [target, file] if TARGETS.contains(target) && !TARGETS.contains(file) => (vec![*target], Some(*file)),
        words => match words.iter().find(|word| !known(word)) {
            None => (words.to_vec(), None),
            Some(unknown) => return Err(format!("no target `{unknown}`\n{USAGE}")),
        },
    };
    if !command::is_there(project.cargo().args(["fuzz", "--version"])) {
        command::run(project.cargo().args(["install", "cargo-fuzz", "--locked"]))?;
    }
    if let Some(file) = file {
        return command::run(cargo_fuzz(project, targets[0]).arg(file));
    }
    let failures: Vec<String> =
        targets.into_iter().filter_map(|target| run(project, target, seconds).err()).collect();
    match failures.is_empty() {
        true => Ok(()),
        false => Err(failures.join("\nerror: ")),
    }
}

fn run(project: &Project, target: &str, seconds: u64) -> Result<(), String> {
    let folder = |name: &str| -> Result<PathBuf, String> {
        let folder = project.target.join("fuzz").join(name).join(target);
        std::fs::create_dir_all(&folder).map_err(|error| format!("create {}: {error}", folder.display()))?;
        Ok(folder)
    };
    let (corpus, artifacts) = (folder("corpus")?, folder("artifacts")?);
    let mut fuzz = cargo_fuzz(project, target);
    // What is new goes into the first folder; the second one is only read.
    fuzz.arg(corpus).arg(project.root.join("fuzz/seeds").join(target)).arg("--");
    fuzz.arg(format!("-artifact_prefix={}/", artifacts.display()));
    fuzz.arg(format!("-max_total_time={seconds}")).arg(format!("-timeout={LONGEST_SECONDS}"));
    fuzz.arg(format!("-rss_limit_mb={MOST_MEGABYTES}")).arg(format!("-max_len={LONGEST_BYTES}"));

    eprintln!("{target} for {seconds} seconds, and what it takes to build it");
    let child = fuzz.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let output = child
        .and_then(std::process::Child::wait_with_output)
        .map_err(|error| format!("cargo fuzz could not be started: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let end = said.lines().rev().take(60).collect::<Vec<_>>();
        end.iter().rev().for_each(|line| eprintln!("{line}"));
        let artifact = said.lines().find_map(|line| line.split_once("Test unit written to "));
        return Err(match artifact {
            Some((_, file)) => format!("{target}: `cargo xtask fuzz {target} {file}` shows it again"),
            None => format!("{target}: cargo fuzz ended with {}", output.status),
        });
    }
    let (runs, seconds) =
        runs(&said).ok_or_else(|| format!("{target}: cargo fuzz does not say how often it ran"))?;
    println!("{target}: {runs} runs, {} a second", runs / seconds.max(1));
    println!("figure fuzz_{target}_runs {runs}");
    Ok(())
}

/// `cargo fuzz run TARGET`, with the build under the project's own build folder.
fn cargo_fuzz(project: &Project, target: &str) -> Command {
    let mut fuzz = project.cargo();
    fuzz.args(["fuzz", "run", "--sanitizer", "none", "--target-dir"]).arg(project.target.join("fuzz/build"));
    if target == "raw_line" {
        fuzz.args(["--features", "raw_line"]);
    }
    fuzz.arg(target);
    fuzz
}

/// libFuzzer's last word: `Done 1234 runs in 61 second(s)`.
fn runs(said: &str) -> Option<(u64, u64)> {
    let done = said.lines().rev().find_map(|line| line.strip_prefix("Done "))?;
    let (runs, rest) = done.split_once(" runs in ")?;
    Some((runs.parse().ok()?, rest.split(' ').next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_libfuzzer() {
        assert_eq!(runs("#12\tDONE\nDone 1234 runs in 61 second(s)\n"), Some((1234, 61)));
        assert_eq!(runs("==1== ERROR: libFuzzer: timeout"), None);
    }
}
