//! The command line of `cargo xtask bench`.

use std::path::PathBuf;

use super::contestant::Contestant;
use super::workload::Workload;

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench [flatten] [OPTIONS]

  --pages FILE        measure on these page files (.jsonl.zst, `export` or `messages` in the name; repeatable)
  --corpus DIR        measure on the page files of this folder, multiplied to the size under new ids
  --megabytes N       size of the pages, uncompressed [200; with --pages: as they are]
  --workload NAME     export or messages alone
  --only NAME,...     contestants: convolake one-core half large floor duckdb1 duckdb2 polars dlt
  --skip NAME,...     all but these
  --repeat N          runs of each, of which the median counts [3]; Polars, dlt and `large` run once
  --large             also ten times the pages
  --binary PATH       measure this convolake, and build none

Without --pages and --corpus the pages are made once, by `convolake simulate`, under target/bench.";

const DEFAULT_MEGABYTES: u64 = 200;
const DEFAULT_REPEAT: usize = 3;

/// What to measure, and on what.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) source: Source,
    /// Uncompressed; `None` takes page files as they are.
    pub(super) megabytes: Option<u64>,
    pub(super) workloads: Vec<Workload>,
    pub(super) contestants: Vec<Contestant>,
    pub(super) repeat: usize,
    pub(super) binary: Option<PathBuf>,
}

/// Where pages come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source {
    Generated,
    Corpus(PathBuf),
    Files(Vec<(Workload, PathBuf)>),
}

#[derive(Default)]
struct Written {
    pages: Vec<PathBuf>,
    corpus: Option<PathBuf>,
    megabytes: Option<u64>,
    workload: Option<Workload>,
    only: Option<Vec<Contestant>>,
    skip: Vec<Contestant>,
    repeat: Option<usize>,
    large: bool,
    binary: Option<PathBuf>,
}

impl Options {
    /// Fails with what is wrong about the words; files are not looked at.
    pub(super) fn parse(words: &[&str]) -> Result<Self, String> {
        let mut written = Written::default();
        let mut words = words.strip_prefix(&["flatten"]).unwrap_or(words).iter();
        while let Some(word) = words.next() {
            if *word == "--large" {
                written.large = true;
                continue;
            }
            let value =
                words.next().ok_or_else(|| format!("{word}: no such option, or no value\n{USAGE}"))?;
            match *word {
                "--pages" => written.pages.push(value.into()),
                "--corpus" => written.corpus = Some(value.into()),
                "--megabytes" => written.megabytes = Some(count(word, value)?),
                "--workload" => written.workload = Some(workload(value)?),
                "--only" => written.only = Some(contestants(value)?),
                "--skip" => written.skip = contestants(value)?,
                "--repeat" => written.repeat = Some(count(word, value)?),
                "--binary" => written.binary = Some(value.into()),
                _ => return Err(format!("no option `{word}`\n{USAGE}")),
            }
        }
        written.check()
    }
}

impl Written {
    fn check(self) -> Result<Options, String> {
        let (source, megabytes) = match (self.corpus, self.pages.is_empty()) {
            (Some(_), false) => return Err("--pages and --corpus: one of them".to_owned()),
            (Some(folder), true) => (Source::Corpus(folder), self.megabytes.or(Some(DEFAULT_MEGABYTES))),
            (None, true) => (Source::Generated, self.megabytes.or(Some(DEFAULT_MEGABYTES))),
            (None, false) => {
                let mut files: Vec<(Workload, PathBuf)> = Vec::new();
                for file in self.pages {
                    let workload = Workload::of_file(&file)?;
                    if files.iter().any(|(earlier, _)| *earlier == workload) {
                        return Err(format!("{}: a second file of {}", file.display(), workload.stream()));
                    }
                    files.push((workload, file));
                }
                (Source::Files(files), self.megabytes)
            }
        };
        let is_there = |workload: &Workload| match &source {
            Source::Files(files) => files.iter().any(|(known, _)| known == workload),
            Source::Generated | Source::Corpus(_) => true,
        };
        let is_wanted = |workload: &Workload| self.workload.is_none_or(|wanted| wanted == *workload);
        let workloads: Vec<Workload> = Workload::ALL.into_iter().filter(is_there).filter(is_wanted).collect();
        if workloads.is_empty() {
            return Err("--workload: none of the --pages is of it".to_owned());
        }
        let is_chosen = |contestant: &Contestant| {
            let chosen = match &self.only {
                Some(only) => only.contains(contestant),
                None => *contestant != Contestant::ConvolakeLarge,
            };
            (chosen || self.large && *contestant == Contestant::ConvolakeLarge)
                && !self.skip.contains(contestant)
        };
        Ok(Options {
            megabytes,
            workloads,
            contestants: Contestant::ALL.into_iter().filter(is_chosen).collect(),
            repeat: self.repeat.unwrap_or(DEFAULT_REPEAT),
            binary: self.binary,
            source,
        })
    }
}

/// A number from 1.
fn count<N: std::str::FromStr + PartialOrd + From<u8>>(option: &str, value: &str) -> Result<N, String> {
    value
        .parse()
        .ok()
        .filter(|number| *number >= N::from(1))
        .ok_or_else(|| format!("{option} {value}: not a number from 1"))
}

fn workload(value: &str) -> Result<Workload, String> {
    Workload::ALL
        .into_iter()
        .find(|workload| workload.name() == value)
        .ok_or_else(|| format!("--workload {value}: export or messages"))
}

fn contestants(value: &str) -> Result<Vec<Contestant>, String> {
    let named = |name: &str| {
        let mut all = Contestant::ALL.into_iter();
        all.find(|contestant| contestant.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Contestant::ALL.into_iter().map(Contestant::name).collect();
            format!("no contestant `{name}`; there are {}", names.join(", "))
        })
    };
    value.split(',').map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(&line.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn nothing_said_measures_all_but_the_large_one_on_generated_pages() {
        let options = parse("").unwrap();
        assert_eq!(options, parse("flatten").unwrap());
        assert_eq!(options.source, Source::Generated);
        assert_eq!((options.megabytes, options.repeat, options.binary), (Some(200), 3, None));
        assert_eq!(options.workloads, Workload::ALL);
        assert_eq!(options.contestants.len(), Contestant::ALL.len() - 1);
        assert!(!options.contestants.contains(&Contestant::ConvolakeLarge));
    }

    #[test]
    fn contestants_are_chosen_by_name_and_stay_in_their_order() {
        for (line, expected) in [
            ("--only duckdb1,convolake", vec![Contestant::Convolake, Contestant::Duckdb1]),
            ("--only convolake --large", vec![Contestant::Convolake, Contestant::ConvolakeLarge]),
            ("--only large", vec![Contestant::ConvolakeLarge]),
            ("--only convolake,dlt,floor --skip dlt", vec![Contestant::Convolake, Contestant::Floor]),
        ] {
            assert_eq!(parse(line).unwrap().contestants, expected, "{line}");
        }
    }

    #[test]
    fn page_files_are_taken_as_they_are_unless_a_size_is_asked_for() {
        let options = parse("--pages /a/x_export.jsonl.zst").unwrap();
        assert_eq!(options.workloads, [Workload::Export]);
        assert_eq!(options.megabytes, None);
        assert_eq!(parse("--pages x_export.jsonl.zst --megabytes 5").unwrap().megabytes, Some(5));
        assert_eq!(parse("--corpus /a --workload messages").unwrap().workloads, [Workload::Messages]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, expected) in [
            ("--onyl duckdb1", "no option `--onyl`"),
            ("--only", "--only: no such option, or no value"),
            ("--only duckdb3", "no contestant `duckdb3`"),
            ("--repeat 0", "--repeat 0: not a number from 1"),
            ("--megabytes many", "--megabytes many: not a number from 1"),
            ("--pages a.jsonl.zst", "a.jsonl.zst: neither"),
            ("--pages a_export.zst --pages b_export.zst", "b_export.zst: a second file of convocore/export"),
            ("--pages a_export.zst --corpus b", "--pages and --corpus: one of them"),
            ("--pages a_export.zst --workload messages", "--workload: none"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.starts_with(expected), "{line}: {error}");
        }
    }
}
