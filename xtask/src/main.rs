//! What people run around the code: `cargo xtask test | lint | edges | schemas | bench | fuzz`.
//!
//! CI calls these by the same names and adds nothing of its own.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool for the people of this project"
)]

mod bench;
mod command;
mod doc_tests;
mod edges;
mod fuzz;
mod lint;
mod project;
mod python;
mod schemas;
mod test;

use std::process::ExitCode;

use project::Project;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [-- FILTERS]   everything that is tested, readers of the lake included
  lint                formatting, clippy, edges
  edges               which crate may name which
  schemas [--check]   write (or compare) the JSON Schemas under schemas/
  bench [OPTIONS]     `convolake flatten` beside its peers; `bench --help` lists the options
  bench merge         new rows into a lake that has rows, beside DuckDB; `bench merge --help` lists the options
  bench extract       a source with a request limit, beside dlt; `bench extract --help` lists the options
  fuzz [OPTIONS]      any bytes into flattener and parsers for a while; `fuzz --help` lists the options";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match execute(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn execute(words: &[&str]) -> Result<(), String> {
    match words {
        ["test", filters @ ..] => test::test(&Project::find()?, filters),
        ["lint"] => lint::lint(&Project::find()?),
        ["edges"] => edges::check(&Project::find()?),
        ["schemas"] => schemas::write(&Project::find()?),
        ["schemas", "--check"] => schemas::check(&Project::find()?),
        ["bench", "--help" | "-h"] => {
            println!("{}", bench::USAGE);
            Ok(())
        }
        ["bench", "merge", "--help" | "-h"] => {
            println!("{}", bench::MERGE_USAGE);
            Ok(())
        }
        ["bench", "merge" | "--merge", words @ ..] => bench::merge(&Project::find()?, words),
        ["bench", "extract", "--help" | "-h"] => {
            println!("{}", bench::EXTRACT_USAGE);
            Ok(())
        }
        ["bench", "extract", words @ ..] => bench::extract(&Project::find()?, words),
        ["bench", words @ ..] => bench::flatten(&Project::find()?, words),
        ["fuzz", "--help" | "-h"] => {
            println!("{}", fuzz::USAGE);
            Ok(())
        }
        ["fuzz", words @ ..] => fuzz::fuzz(&Project::find()?, words),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("no command `{}`\n{USAGE}", words.join(" "))),
    }
}
