//! `cargo xtask bench pair`: this convolake beside an earlier one, on the same page files, in turn.
//!
//! A machine that others use as well is now faster, now slower; both binaries meet the same of it, and the least that each took is
//! what it takes undisturbed.

use std::path::PathBuf;

use clap::Args;

use super::contestant::{Contestant, Portion};
use super::flatten::{bench_folder, machine, prepare};
use super::measured::{Measured, Written, median};
use super::options::FlattenArguments;
use super::page_files::PageFiles;
use super::runner::Runner;
use crate::project::Project;

/// What `cargo xtask bench pair` takes.
#[derive(Debug, Args)]
pub(super) struct PairArguments {
    /// The convolake to compare with.
    #[arg(long, value_name = "PATH")]
    baseline: PathBuf,
    #[command(flatten)]
    flatten: FlattenArguments,
}

/// The runs of one binary.
#[derive(Debug, Default)]
struct Runs {
    measured: Vec<Measured>,
    written: Written,
}

impl Runs {
    fn seconds(&self) -> Vec<f64> {
        self.measured.iter().map(|run| run.cpu_seconds).collect()
    }

    fn least(&self) -> f64 {
        self.seconds().into_iter().fold(f64::INFINITY, f64::min)
    }

    fn median(&self) -> f64 {
        median(self.seconds()).unwrap_or(f64::NAN)
    }

    fn line(&self, label: &str) -> String {
        let peak_bytes = self.measured.iter().map(|run| run.peak_bytes).max().unwrap_or_default();
        format!(
            "{label}: CPU s least {:.2}, median {:.2} of {}; peak {} MiB; {:.1} MB of Parquet",
            self.least(),
            self.median(),
            self.measured.len(),
            peak_bytes >> 20,
            self.written.bytes as f64 / 1e6,
        )
    }
}

/// Measures both, and fails where they wrote other rows.
pub(super) fn pair(project: &Project, arguments: PairArguments) -> Result<(), String> {
    let PairArguments { baseline, flatten } = arguments;
    let baseline =
        baseline.canonicalize().map_err(|error| format!("--baseline {}: {error}", baseline.display()))?;
    let mut options = flatten.check()?;
    options.contestants = vec![Contestant::Convolake];
    let folder = bench_folder(project)?;
    let now = prepare(project, &options, &folder)?;
    let before = Runner { convolake: baseline, ..now.clone() };
    let page_files = PageFiles {
        folder: folder.join("pages"),
        source: &options.source,
        megabytes: options.megabytes,
        convolake: &now.convolake,
    };
    println!("{}", machine());
    for workload in options.workloads {
        let pages = page_files.portion(workload, Portion::Whole)?;
        let mut runs = [Runs::default(), Runs::default()];
        for _ in 0..options.repeat {
            for (runner, runs) in [&before, &now].into_iter().zip(&mut runs) {
                let (measured, written) = runner.run(Contestant::Convolake, workload, &pages.path)?;
                runs.measured.push(measured);
                runs.written = written;
            }
        }
        let ([before, now], name) = (&runs, workload.name());
        println!("\n{name}, {} MB", pages.bytes / 1_000_000);
        println!("{}\n{}", before.line("before"), now.line("now"));
        println!("figure pair_{name}_least {:.3}", now.least() / before.least());
        println!("figure pair_{name}_median {:.3}", now.median() / before.median());
        println!(
            "figure pair_{name}_bytes {:.3}",
            now.written.bytes as f64 / before.written.bytes.max(1) as f64
        );
        if before.written.tables != now.written.tables {
            return Err(format!(
                "{name}: other rows: {:?} before, {:?} now",
                before.written.tables, now.written.tables
            ));
        }
    }
    Ok(())
}
