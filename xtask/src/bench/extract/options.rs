//! The command line of `cargo xtask bench extract`.

use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench extract [OPTIONS]

  --latencies MS,...   how long the simulated source takes for an answer [50,700,2000]
  --conversations N    conversations it has; they make the pages [350]
  --page N             records on a page [100]
  --only NAME          convolake or dlt alone
  --binary PATH        measure this convolake, and build none
  --python PATH        the Python with dlt to use, and install none";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) latencies_ms: Vec<u64>,
    pub(super) conversations: u64,
    pub(super) page_records: u64,
    pub(super) only: Option<String>,
    pub(super) binary: Option<PathBuf>,
    pub(super) python: Option<PathBuf>,
}

impl Options {
    /// Fails with what is wrong about the words.
    pub(super) fn parse(words: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            latencies_ms: vec![50, 700, 2000],
            conversations: 350,
            page_records: 100,
            only: None,
            binary: None,
            python: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value =
                words.next().ok_or_else(|| format!("{word}: no such option, or no value\n{USAGE}"))?;
            let number = |value: &str| match value.parse::<u64>() {
                Ok(number) if number > 0 => Ok(number),
                _ => Err(format!("{word} {value}: no number above 0")),
            };
            match *word {
                "--latencies" => {
                    options.latencies_ms = value.split(',').map(number).collect::<Result<_, _>>()?;
                }
                "--conversations" => options.conversations = number(value)?,
                "--page" => options.page_records = number(value)?,
                "--only" => match *value {
                    "convolake" | "dlt" => options.only = Some((*value).to_owned()),
                    _ => return Err(format!("--only {value}: nobody of that name\n{USAGE}")),
                },
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
        let options = Options::parse(&["--latencies", "5,70", "--only", "dlt"]).unwrap();
        assert_eq!((options.latencies_ms, options.only.as_deref()), (vec![5, 70], Some("dlt")));
        for (words, expected) in [
            (&["--page"][..], "--page: no such option, or no value"),
            (&["--page", "0"], "--page 0: no number above 0"),
            (&["--only", "me"], "--only me: nobody of that name"),
            (&["--pages", "1"], "no option `--pages`"),
        ] {
            assert!(Options::parse(words).unwrap_err().starts_with(expected), "{words:?}");
        }
    }
}
