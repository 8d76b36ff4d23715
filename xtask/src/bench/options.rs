//! The command line of `cargo xtask bench`.

use std::path::PathBuf;

use clap::Args;

use super::contestant::Contestant;
use super::workload::Workload;

const DEFAULT_MEGABYTES: u64 = 200;

/// What `cargo xtask bench flatten` takes, as written.
#[derive(Debug, Args)]
#[command(
    after_help = "Without --pages and --corpus the pages are made once, by `convolake simulate`, under target/bench."
)]
pub(super) struct FlattenArguments {
    /// Measure on these page files (.jsonl.zst, `export` or `messages` in the name); repeatable.
    #[arg(long, value_name = "FILE", conflicts_with = "corpus")]
    pages: Vec<PathBuf>,
    /// Measure on the page files of this folder, multiplied to the size under new ids.
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Size of the pages, uncompressed [default: 200; with --pages: as they are].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    megabytes: Option<u64>,
    /// Export or messages alone.
    #[arg(long, value_name = "NAME")]
    workload: Option<Workload>,
    /// Contestants that take part.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    only: Option<Vec<Contestant>>,
    /// Contestants that do not.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    skip: Vec<Contestant>,
    /// Runs of each, of which the median counts; Polars, dlt and `large` run once.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Also ten times the pages.
    #[arg(long)]
    large: bool,
    /// Measure this convolake, and build none.
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
}

/// What to measure, and on what.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) source: Source,
    /// Uncompressed; `None` takes page files as they are.
    pub(super) megabytes: Option<u64>,
    pub(super) workloads: Vec<Workload>,
    pub(super) contestants: Vec<Contestant>,
    pub(super) repeat: u32,
    pub(super) binary: Option<PathBuf>,
}

/// Where pages come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source {
    Generated,
    Corpus(PathBuf),
    Files(Vec<(Workload, PathBuf)>),
}

impl FlattenArguments {
    /// Fails where arguments do not go together; files are not looked at.
    pub(super) fn check(self) -> Result<Options, String> {
        let (source, megabytes) = match (self.corpus, self.pages.is_empty()) {
            (Some(folder), _) => (Source::Corpus(folder), self.megabytes.or(Some(DEFAULT_MEGABYTES))),
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
            repeat: self.repeat,
            binary: self.binary,
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: FlattenArguments,
    }

    fn parse(line: &str) -> Result<Options, String> {
        let words = std::iter::once("flatten").chain(line.split_whitespace());
        let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
        line.arguments.check()
    }

    #[test]
    fn nothing_said_measures_all_but_the_large_one_on_generated_pages() {
        let options = parse("").unwrap();
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
            ("--onyl duckdb1", "unexpected argument '--onyl'"),
            ("--only", "a value is required for '--only"),
            ("--only duckdb3", "invalid value 'duckdb3' for '--only"),
            ("--repeat 0", "invalid value '0' for '--repeat"),
            ("--megabytes many", "invalid value 'many' for '--megabytes"),
            ("--workload turns", "invalid value 'turns' for '--workload"),
            ("--pages a.jsonl.zst", "a.jsonl.zst: neither"),
            ("--pages a_export.zst --pages b_export.zst", "b_export.zst: a second file of convocore/export"),
            ("--pages a_export.zst --corpus b", "'--pages <FILE>' cannot be used with '--corpus <DIR>'"),
            ("--pages a_export.zst --workload messages", "--workload: none"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
