//! The command line of `cargo xtask bench extract`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What `cargo xtask bench extract` takes.
#[derive(Debug, Args)]
pub(crate) struct ExtractOptions {
    /// How long the simulated source takes for an answer, in milliseconds.
    #[arg(
        long = "latencies",
        value_name = "MS,...",
        value_delimiter = ',',
        default_value = "50,700,2000",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    pub(super) latencies_ms: Vec<u64>,
    /// Conversations it has; they make the pages.
    #[arg(long, value_name = "N", default_value_t = 350, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) conversations: u64,
    /// Records on a page.
    #[arg(long = "page", value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) page_records: u64,
    /// One of the two alone.
    #[arg(long, value_name = "NAME")]
    pub(super) only: Option<Puller>,
    /// Measure this convolake, and build none.
    #[arg(long, value_name = "PATH")]
    pub(super) binary: Option<PathBuf>,
    /// The Python with dlt to use, and install none.
    #[arg(long, value_name = "PATH")]
    pub(super) python: Option<PathBuf>,
}

/// Who pulls from the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Puller {
    Convolake,
    Dlt,
}

impl Puller {
    /// As the table and the figures call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Convolake => "convolake",
            Self::Dlt => "dlt",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: ExtractOptions,
    }

    fn parse(words: &[&str]) -> Result<ExtractOptions, clap::Error> {
        Ok(Line::try_parse_from(["extract"].iter().chain(words))?.options)
    }

    #[test]
    fn options_are_read_and_mistakes_named() {
        let options = parse(&["--latencies", "5,70", "--only", "dlt"]).unwrap();
        assert_eq!((options.latencies_ms, options.only), (vec![5, 70], Some(Puller::Dlt)));
        let options = parse(&[]).unwrap();
        assert_eq!((options.latencies_ms, options.only), (vec![50, 700, 2000], None));
        assert_eq!((options.conversations, options.page_records), (350, 100));
        for (words, expected) in [
            (&["--page"][..], "a value is required for '--page"),
            (&["--page", "0"], "invalid value '0' for '--page"),
            (&["--only", "me"], "invalid value 'me' for '--only"),
            (&["--pages", "1"], "unexpected argument '--pages'"),
        ] {
            let error = parse(words).unwrap_err().to_string();
            assert!(error.contains(expected), "{words:?}: {error}");
        }
    }
}
