//! Somebody who reads the tables all the while, as any reader of Parquet would.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use crate::lake::{TABLES, bare_row, files_below};

/// The tables are small, and a reader who never rests would have the processors to itself.
const BETWEEN_LOOKS: Duration = Duration::from_millis(15);

/// What was seen that should not be, and how often was looked.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    pub(crate) unreadable: u64,
    pub(crate) doubled: u64,
    pub(crate) invented: u64,
    pub(crate) looks: u64,
}

pub(crate) struct Reader {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Sightings>,
}

impl Reader {
    /// Reads until it is stopped. `known` are all rows that were ever to be had.
    pub(crate) fn start(lake: &Path, known: BTreeSet<String>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (lake, is_stopped) = (lake.to_owned(), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut sightings = Sightings::default();
            while !is_stopped.load(Ordering::Relaxed) {
                look(&lake, &known, &mut sightings);
                std::thread::sleep(BETWEEN_LOOKS);
            }
            sightings
        });
        Self { stop, thread }
    }

    pub(crate) fn stop(self) -> Sightings {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Opens every `*.parquet` of the tables and reads it to its end. Keys are held against each other only where no file was
/// exchanged in between: what is read one file after the other is else no state the tables ever were in.
fn look(lake: &Path, known: &BTreeSet<String>, sightings: &mut Sightings) {
    let before = identities(lake);
    let mut keys: BTreeMap<String, u64> = BTreeMap::new();
    let mut invented = 0;
    for path in before.keys() {
        let Ok(rows) = read(lake, path) else {
            eprintln!("{} does not read", path.display());
            sightings.unreadable += 1;
            continue;
        };
        for (table, row) in rows {
            *keys.entry(key(&table, &row)).or_default() += 1;
            let text = text(&table, &row);
            if !known.contains(&text) {
                eprintln!("nobody gave {text}");
                invented += 1;
            }
        }
    }
    sightings.invented += invented;
    if identities(lake) == before {
        sightings.looks += 1;
        sightings.doubled += keys.values().filter(|times| **times > 1).count() as u64;
    }
}

/// Each table file with what tells it from its successor.
fn identities(lake: &Path) -> BTreeMap<PathBuf, (u64, i64, i64)> {
    let files = TABLES.iter().flat_map(|table| files_below(&lake.join(table)));
    let parquet = files.filter(|path| path.extension().is_some_and(|extension| extension == "parquet"));
    let identity = |path: PathBuf| {
        let seen = path.metadata().ok()?;
        Some((path, (seen.ino(), seen.mtime(), seen.mtime_nsec())))
    };
    parquet.filter_map(identity).collect()
}

fn read(lake: &Path, path: &Path) -> Result<Vec<(String, Value)>, Box<dyn std::error::Error>> {
    let table = path.strip_prefix(lake)?.iter().next().and_then(|name| name.to_str()).unwrap_or_default();
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let mut rows = Vec::new();
    for row in reader.get_row_iter(None)? {
        rows.push((table.to_owned(), bare_row(path, &row?)));
    }
    Ok(rows)
}

fn key(table: &str, row: &Value) -> String {
    let names = ["source", "agent_id", "conversation_id", "message_id"];
    let turn = if table == "turns" { &row["turn_index"] } else { &Value::Null };
    format!("{table} {:?} {turn}", names.map(|name| row.get(name)))
}

/// A row as one text, with its table.
pub(crate) fn text(table: &str, row: &Value) -> String {
    format!("{table} {row}")
}
