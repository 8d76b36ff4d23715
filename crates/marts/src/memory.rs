//! The memory of the process, as Polars is told of it: by variables that it reads once, and that this program therefore runs itself
//! anew with.

use std::process::Command;
use std::time::Duration;

use convolake_engine::{Outcome, io_words};

use crate::failure::Failure;

/// Set where this program has run itself anew, to the bytes that it was given.
const MARK: &str = "CONVOLAKE_MARTS_BOUND";
/// What the process takes besides rows: code, threads, connections.
const PROCESS_BYTES: u64 = 150_000_000;
/// The least that works.
const LEAST_BYTES: u64 = 256_000_000;
/// How often it is looked what the process takes.
const WATCH_EVERY: Duration = Duration::from_millis(20);
/// What a thread holds of rows while it works on them, at the most, as a share of all rows in memory.
const MORSEL_BYTES: u64 = 8_000_000;

/// Bounds the memory of the process. Returns in the process that is bounded.
///
/// # Errors
/// It is less than the least that works; this program cannot be run anew.
pub(crate) fn bound(bytes: u64) -> Result<(), Failure> {
    if bytes < LEAST_BYTES {
        let hint = format!("the least that works is --memory {}MB", LEAST_BYTES / 1_000_000);
        return Err(Failure::misuse(format!("{bytes} bytes of memory are too little"), Some(hint)));
    }
    if std::env::var(MARK).is_ok_and(|mark| mark == bytes.to_string()) {
        return Ok(());
    }
    let failed = |error: std::io::Error| {
        Failure::other(format!("could not run {} anew: {}", env!("CARGO_PKG_NAME"), io_words(&error)))
    };
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.args(std::env::args_os().skip(1)).env(MARK, bytes.to_string());
    for (name, value) in settings(bytes) {
        // Who has set one knows why.
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    Err(failed(run_instead(command)))
}

/// Watches the process, and calls `exceeded` once it takes more: not all that a query may ask for can be spilled, as the
/// distinct texts of a whole table. Where the system does not tell what a process takes, what is held of rows is counted.
pub(crate) fn watch(bytes: u64, exceeded: impl FnOnce(Failure) + Send + 'static) {
    let watched = move || {
        while taken() <= bytes {
            std::thread::sleep(WATCH_EVERY);
        }
        exceeded(Failure::Other {
            message: format!("the query takes more memory than --memory {}MB", bytes / 1_000_000),
            hint: Some("allow it more, or ask for less: fewer columns, a shorter time, no DISTINCT or ORDER BY over long texts".to_owned()),
            outcome: Outcome::Failed,
        });
    };
    // Without a thread to watch with, the query runs unwatched.
    drop(std::thread::Builder::new().name("memory".to_owned()).spawn(watched));
}

/// Resident bytes of this process.
fn taken() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kilobytes.map_or_else(polars_ooc::estimate_memory_usage, |kilobytes| kilobytes * 1024)
}

/// What Polars is told, for so many bytes.
fn settings(bytes: u64) -> Vec<(&'static str, String)> {
    let rows_bytes = bytes - PROCESS_BYTES;
    let budget = rows_bytes * 6 / 10 / 1_000_000;
    let prefetched = (rows_bytes / 4 / 1_000).min(256_000);
    let scans = (rows_bytes / (8 * MORSEL_BYTES)).clamp(1, 8);
    vec![
        ("POLARS_OOC_MEMORY_BUDGET_MB", budget.to_string()),
        ("POLARS_ROW_GROUP_PREFETCH_SIZE", "4".to_owned()),
        ("POLARS_ROW_GROUP_PREFETCH_KBYTES_BUDGET", prefetched.to_string()),
        ("POLARS_MAX_CONCURRENT_SCANS", scans.to_string()),
        ("POLARS_NUM_READERS_PRE_INIT", scans.to_string()),
        // What was freed goes back to the system soon.
        ("_RJEM_MALLOC_CONF", "background_thread:true,dirty_decay_ms:200,muzzy_decay_ms:0".to_owned()),
    ]
}

/// Becomes another program; gives why not.
#[cfg(unix)]
fn run_instead(mut command: Command) -> std::io::Error {
    std::os::unix::process::CommandExt::exec(&mut command)
}

#[cfg(not(unix))]
fn run_instead(mut command: Command) -> std::io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}
