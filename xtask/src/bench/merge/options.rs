//! The command line of `cargo xtask bench merge`.

use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench merge [OPTIONS]

  --rows N            rows of the large partition that rows are merged with [500000]
  --megabytes N,...   pages for which peak memory is measured, with that partition in place [100]
  --binary PATH       measure this convolake, and build none
  --python PATH       the Python with DuckDB to use, and install none";

const DEFAULT_ROWS: u64 = 500_000;
const DEFAULT_MEGABYTES: u64 = 100;
/// Fewer rows than a twentieth can be taken of.
const LEAST_ROWS: u64 = 1000;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) rows: u64,
    pub(super) megabytes: Vec<u64>,
    pub(super) binary: Option<PathBuf>,
    pub(super) python: Option<PathBuf>,
}

impl Options {
    /// Fails with what is wrong about the words.
    pub(super) fn parse(words: &[&str]) -> Result<Self, String> {
        let mut options =
            Self { rows: DEFAULT_ROWS, megabytes: vec![DEFAULT_MEGABYTES], binary: None, python: None };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value =
                words.next().ok_or_else(|| format!("{word}: no such option, or no value\n{USAGE}"))?;
            let number = |value: &str| value.parse::<u64>().map_err(|_| format!("{word} {value}: no number"));
            match *word {
                "--rows" => options.rows = number(value)?.max(LEAST_ROWS),
                "--megabytes" => {
                    options.megabytes = value.split(',').map(number).collect::<Result<_, _>>()?
                }
                "--binary" => options.binary = Some(value.into()),
                "--python" => options.python = Some(value.into()),
                _ => return Err(format!("no option `{word}`\n{USAGE}")),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_mistakes_named() {
        let options = Options::parse(&["--rows", "5000000", "--megabytes", "100,2000"]).unwrap();
        assert_eq!((options.rows, options.megabytes), (5_000_000, vec![100, 2000]));
        for (words, expected) in [
            (&["--rows"][..], "--rows: no such option, or no value"),
            (&["--rows", "many"], "--rows many: no number"),
            (&["--row", "1"], "no option `--row`"),
        ] {
            assert!(Options::parse(words).unwrap_err().starts_with(expected), "{words:?}");
        }
    }
}
