//! `fuzz/`: any bytes into the flattener and the parsers, guided by coverage, for a while.
//!
//! One toolchain serves: coverage needs none of rustc's nightly options as long as no sanitizer is asked for, and there is no
//! `unsafe` of ours for one to look at.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Args;

use crate::command;
use crate::project::Project;

const TARGETS: [&str; 5] = ["page_to_rows", "any_schema", "timestamps", "schema_files", "raw_line"];

/// An input that takes longer than this counts as a hang, and one that takes more memory as a leak.
const LONGEST_SECONDS: u64 = 10;
const MOST_MEGABYTES: u64 = 2048;
const LONGEST_BYTES: u64 = 4096;

/// What `cargo xtask fuzz` takes.
#[derive(Debug, Args)]
#[command(after_help = targets_help())]
pub(crate) struct FuzzArguments {
    /// How long each target runs.
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// The targets to run, all where none is named; or one target and a file, on which it runs again.
    #[arg(value_name = "TARGET|FILE")]
    words: Vec<String>,
}

/// Runs the targets one after the other; a finding in one does not keep the others from running.
pub(crate) fn fuzz(project: &Project, arguments: &FuzzArguments) -> Result<(), String> {
    let selection = Selection::of(&arguments.words)?;
    if !command::is_there(project.cargo().args(["fuzz", "--version"])) {
        command::run(project.cargo().args(["install", "cargo-fuzz", "--locked"]))?;
    }
    let targets = match selection {
        Selection::Again { target, file } => return command::run(cargo_fuzz(project, target).arg(file)),
        Selection::Targets(targets) => targets,
    };
    let failures: Vec<String> =
        targets.into_iter().filter_map(|target| run(project, target, arguments.seconds).err()).collect();
    match failures.is_empty() {
        true => Ok(()),
        false => Err(failures.join("\nerror: ")),
    }
}

/// What the words of the command line ask for.
#[derive(Debug, PartialEq, Eq)]
enum Selection<'a> {
    Targets(Vec<&'a str>),
    Again { target: &'a str, file: &'a str },
}

impl<'a> Selection<'a> {
    fn of(words: &'a [String]) -> Result<Self, String> {
        let is_target = |word: &str| TARGETS.contains(&word);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            [] => Ok(Self::Targets(TARGETS.to_vec())),
            [target, file] if is_target(target) && !is_target(file) => Ok(Self::Again { target, file }),
            _ => match words.iter().find(|word| !is_target(word)) {
                None => Ok(Self::Targets(words)),
                Some(unknown) => Err(format!("no target `{unknown}`; there are {}", TARGETS.join(", "))),
            },
        }
    }
}

fn targets_help() -> String {
    format!(
        "What is found stands under target/fuzz/artifacts; `cargo xtask fuzz TARGET FILE` runs a target on one file again.\n\n\
         Targets: {}.",
        TARGETS.join(", ")
    )
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

    #[test]
    fn words_are_targets_or_a_target_and_a_file() {
        for (words, expected) in [
            (&[][..], Ok(Selection::Targets(TARGETS.to_vec()))),
            (&["raw_line", "timestamps"], Ok(Selection::Targets(vec!["raw_line", "timestamps"]))),
            (&["raw_line", "a/file"], Ok(Selection::Again { target: "raw_line", file: "a/file" })),
            (&["raw_lime"], Err("no target `raw_lime`; there are")),
            (&["raw_line", "timestamps", "a/file"], Err("no target `a/file`; there are")),
        ] {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            match (Selection::of(&words), expected) {
                (Err(error), Err(expected)) => assert!(error.starts_with(expected), "{error}"),
                (found, expected) => assert_eq!(found, expected.map_err(str::to_owned)),
            }
        }
    }
}
