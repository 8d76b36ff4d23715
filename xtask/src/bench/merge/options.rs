//! The command line of `cargo xtask bench merge`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::TypedValueParser;

/// Fewer rows than a twentieth can be taken of.
const LEAST_ROWS: u64 = 1000;

/// What `cargo xtask bench merge` takes.
#[derive(Debug, Args)]
pub(crate) struct MergeOptions {
    /// Rows of the large partition that rows are merged with, 1000 at the least.
    #[arg(
        long,
        value_name = "N",
        default_value = "500000",
        value_parser = clap::value_parser!(u64).map(|rows| rows.max(LEAST_ROWS))
    )]
    pub(super) rows: u64,
    /// Pages for which peak memory is measured, with that partition in place.
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "100")]
    pub(super) megabytes: Vec<u64>,
    /// Measure this convolake, and build none.
    #[arg(long, value_name = "PATH")]
    pub(super) binary: Option<PathBuf>,
    /// The Python with DuckDB to use, and install none.
    #[arg(long, value_name = "PATH")]
    pub(super) python: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: MergeOptions,
    }

    fn parse(words: &[&str]) -> Result<MergeOptions, clap::Error> {
        Ok(Line::try_parse_from(["merge"].iter().chain(words))?.options)
    }

    #[test]
    fn options_are_read_and_mistakes_named() {
        for (words, rows, megabytes) in [
            (&[][..], 500_000, vec![100]),
            (&["--rows", "5000000", "--megabytes", "100,2000"], 5_000_000, vec![100, 2000]),
            (&["--rows", "5"], 1000, vec![100]),
        ] {
            let options = parse(words).unwrap();
            assert_eq!((options.rows, options.megabytes), (rows, megabytes), "{words:?}");
        }
        for (words, expected) in [
            (&["--rows"][..], "a value is required for '--rows"),
            (&["--rows", "many"], "invalid value 'many' for '--rows"),
            (&["--row", "1"], "unexpected argument '--row'"),
        ] {
            let error = parse(words).unwrap_err().to_string();
            assert!(error.contains(expected), "{words:?}: {error}");
        }
    }
}
