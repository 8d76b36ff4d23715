//! What was measured, as a table of Markdown.

use crate::lake::TableFile;
use crate::measure::Measured;
use crate::variant::Variant;

/// One line a variant: what it took for each table and for all, against the first variant.
pub(crate) fn print(variants: &[Variant], files: &[TableFile], measured: &[Vec<Measured>]) {
    let mut tables: Vec<&str> = files.iter().map(|file| file.table.as_str()).collect();
    tables.dedup();
    let head = |table: &&str| {
        let files: Vec<_> = files.iter().filter(|file| file.table == *table).collect();
        let n_rows: usize = files.iter().map(|file| file.n_rows).sum();
        format!(" {table}: {n_rows} rows, {} files |", files.len())
    };
    println!("| variant |{} all: s | MB |", tables.iter().map(head).collect::<String>());
    println!("| --- |{} ---: | ---: |", " ---: |".repeat(tables.len()));
    let Some(first) = measured.first().map(total) else { return };
    for (variant, measured) in variants.iter().zip(measured) {
        let cell = |table: &&str| {
            let of = files.iter().zip(measured).filter(|(file, _)| file.table == *table);
            let (seconds, megabytes) = total(of.map(|(_, measured)| measured));
            format!(" {seconds:.3} s, {megabytes:.2} MB |")
        };
        let (seconds, megabytes) = total(measured);
        println!(
            "| {} |{} {seconds:.3} ({:+.0} %) | {megabytes:.2} ({:+.1} %) |",
            variant.name,
            tables.iter().map(cell).collect::<String>(),
            (seconds / first.0 - 1.0) * 100.0,
            (megabytes / first.1 - 1.0) * 100.0,
        );
    }
}

/// One line a column of a table: what each variant took for it.
pub(crate) fn print_columns(variants: &[Variant], files: &[TableFile], measured: &[Vec<Measured>]) {
    let names = variants.iter().map(|variant| format!(" {}: ms | KB |", variant.name)).collect::<String>();
    println!("| column |{names}\n| --- |{}", " ---: | ---: |".repeat(variants.len()));
    let mut columns: Vec<&str> = files.iter().map(|file| file.table.as_str()).collect();
    columns.dedup();
    for column in columns {
        let cell = |measured: &Vec<Measured>| {
            let of = files.iter().zip(measured).filter(|(file, _)| file.table == column);
            let (seconds, megabytes) = total(of.map(|(_, measured)| measured));
            format!(" {:.2} | {:.1} |", seconds * 1e3, megabytes * 1e3)
        };
        println!("| {column} |{}", measured.iter().map(cell).collect::<String>());
    }
}

/// Seconds and megabytes.
fn total<'a>(measured: impl IntoIterator<Item = &'a Measured>) -> (f64, f64) {
    measured.into_iter().fold((0.0, 0.0), |(seconds, megabytes), measured| {
        (seconds + measured.cpu.as_secs_f64(), megabytes + measured.n_bytes as f64 / 1e6)
    })
}
