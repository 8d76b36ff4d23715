//! `query`: SQL on a lake.

use std::io::{self, IsTerminal, Read, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use convolake_engine::io_words;
use polars::prelude::{DataFrame, LazyFrame, PolarsResult};

use super::now;
use crate::arguments::Query;
use crate::catalog::{Catalog, Changed, Scanned};
use crate::execute::shell::shell;
use crate::failure::{Failure, of_polars};
use crate::memory;
use crate::output::{Format, RowWriter, StagedFile, abandon, stdout, table, terminal, text};
use crate::sql;

/// How often a question is asked anew because a run has replaced files meanwhile.
const MAX_TRIES: u32 = 3;
/// The rows of a table for people, where they do not say how many.
const USUAL_ROWS: u64 = 100;

/// Asks, and writes what comes of it.
pub(super) fn query(arguments: &Query) -> Result<u8, Failure> {
    memory::bound(arguments.memory)?;
    memory::watch(arguments.memory, |failure| {
        terminal::error(&failure);
        abandon();
        std::process::exit(failure.exit_code().into());
    });
    match question(arguments)? {
        // What some editors write before a text.
        Some(sql) => ask(sql.trim_start_matches('\u{feff}'), arguments).map(|()| 0),
        None => shell(arguments),
    }
}

/// Asks one question.
pub(super) fn ask(sql: &str, arguments: &Query) -> Result<(), Failure> {
    let (format, now) = (format(arguments)?, now()?);
    let mut n_tries = 1;
    loop {
        let catalog = Catalog::open(&arguments.to)?;
        let frame = sql::plan(sql, &catalog, now)?;
        let answered = match format {
            Format::Table => show(frame, &catalog, arguments),
            format => write(frame, &catalog, arguments, format),
        };
        match answered {
            Ok(scanned) => {
                tell(&scanned);
                return Ok(());
            }
            // What stands on stdout already cannot be taken back.
            Err(Changed::File(_)) if n_tries < MAX_TRIES && is_taken_back(arguments, format) => n_tries += 1,
            Err(changed) => return Err(changed.into()),
        }
    }
}

fn is_taken_back(arguments: &Query, format: Format) -> bool {
    format == Format::Table || arguments.out.is_some()
}

fn format(arguments: &Query) -> Result<Format, Failure> {
    let of_file = arguments.out.as_deref().and_then(Format::of_file);
    let format = arguments.output.or(of_file).unwrap_or(Format::Table);
    if format == Format::Parquet && arguments.out.is_none() {
        let hint = "name it, as in --out answer.parquet";
        return Err(Failure::misuse("Parquet is written to a file", Some(hint.to_owned())));
    }
    Ok(format)
}

/// The SQL that was given; `None` where a terminal is to be asked for it.
fn question(arguments: &Query) -> Result<Option<String>, Failure> {
    if let Some(sql) = &arguments.sql {
        return Ok(Some(sql.clone()));
    }
    if let Some(file) = &arguments.file {
        let read = std::fs::read_to_string(file);
        let failed = |error| format!("could not read {}: {}", file.display(), io_words(&error));
        return read.map(Some).map_err(|error| Failure::misuse(failed(error), None));
    }
    if io::stdin().is_terminal() {
        return Ok(None);
    }
    let mut sql = String::new();
    let read = io::stdin().read_to_string(&mut sql);
    read.map_err(|error| {
        Failure::misuse(format!("could not read standard input: {}", io_words(&error)), None)
    })?;
    Ok(Some(sql))
}

/// Shows rows as a table for people.
fn show(frame: LazyFrame, catalog: &Catalog, arguments: &Query) -> Result<Scanned, Changed> {
    let most = match arguments.limit.unwrap_or(USUAL_ROWS) {
        0 => u32::MAX,
        rows => u32::try_from(rows).unwrap_or(u32::MAX),
    };
    // One more than are shown tells whether there are more.
    let (rows, scanned) = sql::collect(frame.limit(most.saturating_add(1)), catalog)?;
    let shown = rows.head(Some(most as usize));
    let width = terminal::stdout_width();
    let count = match rows.height() > shown.height() {
        true => format!("(the first {} rows; there are more: --limit N, or --out FILE)", shown.height()),
        false if shown.height() == 1 => "(1 row)".to_owned(),
        false => format!("({} rows)", shown.height()),
    };
    let shown = format!("{}{count}\n", table(&shown, width));
    let written = match &arguments.out {
        None => text(&shown),
        Some(path) => StagedFile::begin(path).and_then(|(file, mut bytes)| {
            let written = bytes.write_all(shown.as_bytes()).and_then(|()| bytes.flush());
            written.map_err(|error| Failure::other(io_words(&error)))?;
            drop(bytes);
            file.finish()
        }),
    };
    written.map_err(Changed::Unknown)?;
    Ok(scanned)
}

/// Writes rows for programs.
fn write(frame: LazyFrame, catalog: &Catalog, arguments: &Query, format: Format) -> Result<Scanned, Changed> {
    let writing = |error| Changed::Unknown(of_polars("writing the result", &error));
    let mut frame = match arguments.limit {
        None | Some(0) => frame,
        Some(rows) => frame.limit(u32::try_from(rows).unwrap_or(u32::MAX)),
    };
    let schema = frame.collect_schema().map_err(writing)?;
    let (file, bytes) = match &arguments.out {
        None => (None, stdout(format)),
        Some(path) => {
            let (file, bytes) = StagedFile::begin(path).map_err(Changed::Unknown)?;
            (Some(file), bytes)
        }
    };
    let writer = RowWriter::new(format, bytes, &schema).map_err(writing)?;
    let writer = Arc::new(Mutex::new(writer));
    let taken = Arc::clone(&writer);
    let each = move |rows: &DataFrame| -> PolarsResult<()> {
        match &mut *taken.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(writer) => writer.write(rows),
            None => Ok(()),
        }
    };
    let scanned = sql::each_batch(frame, catalog, each)?;
    let writer = writer.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(writer) = writer {
        writer.finish(&DataFrame::empty_with_schema(&schema)).map_err(writing)?;
    }
    if let Some(file) = file {
        file.finish().map_err(Changed::Unknown)?;
    }
    Ok(scanned)
}

fn tell(scanned: &Scanned) {
    for (table, files) in &scanned.tables {
        terminal::detail(&format!("{table}: {} of {} files read", files.read, files.all));
    }
}
