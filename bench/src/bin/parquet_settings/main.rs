//! What it costs to write a lake's table files under other Parquet settings.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

mod chosen;
mod input;
mod lake;
mod measure;
mod single;
mod table;
mod variant;

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;

use crate::variant::Variant;

/// Writes the table files of a lake again, to memory, under each of many settings; prints size and processor time.
#[derive(Parser)]
struct Arguments {
    /// The lake whose rows are written.
    lake: PathBuf,
    /// Only variants whose name contains one of these.
    #[arg(long)]
    only: Vec<String>,
    /// How often each variant is measured; the least time counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// All rows of a table in one file.
    #[arg(long)]
    one_file: bool,
    /// Only every n-th file of each table.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// Of each file only so many rows.
    #[arg(long)]
    rows: Option<usize>,
    /// Only the variants of exactly these names.
    #[arg(long)]
    exactly: Vec<String>,
    /// Only this table.
    #[arg(long)]
    table: Option<String>,
    /// Each column in files of its own.
    #[arg(long)]
    by_column: bool,
    /// Instead of measuring, write the files of each variant below this folder.
    #[arg(long)]
    write_to: Option<PathBuf>,
    /// Prints the names of the variants.
    #[arg(long)]
    list: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let mut variants: Vec<Variant> = single::variants().into_iter().chain(chosen::variants()).collect();
    if !arguments.only.is_empty() || !arguments.exactly.is_empty() {
        variants.retain(|Variant { name, .. }| {
            arguments.only.iter().any(|only| name.contains(only)) || arguments.exactly.contains(name)
        });
    }
    if arguments.list {
        for variant in &variants {
            println!("{}", variant.name);
        }
        return Ok(());
    }
    let mut files = lake::read(&arguments.lake)?;
    files.retain(|file| arguments.table.as_ref().is_none_or(|table| file.table == *table));
    let mut at = 0;
    files.retain(|_| {
        at += 1;
        at % arguments.every.max(1) == 0
    });
    if let Some(n_rows) = arguments.rows {
        files.iter_mut().for_each(|file| file.cut(n_rows));
    }
    if arguments.one_file {
        files = lake::one_file_a_table(files)?;
    }
    if let Some(folder) = &arguments.write_to {
        for variant in &variants {
            measure::write_to(&folder.join(&variant.name), variant, &files)?;
        }
        return Ok(());
    }
    if arguments.by_column {
        files = lake::by_column(&files)?;
    }
    let measured = measure::measure(&variants, &files, arguments.rounds)?;
    match arguments.by_column {
        true => table::print_columns(&variants, &files, &measured),
        false => table::print(&variants, &files, &measured),
    }
    Ok(())
}
