//! A case in a process of its own, and the memory it took.

use std::collections::BTreeMap;
use std::process::Command;

use convolake_model::OnMismatch;
use convolake_transformer::{FlatPage, Flattener, PageInput, UnreadablePage};

use crate::schemas::Stream;

const CASE: &str = "CONVOLAKE_BOUNDS_CASE";
const MEGABYTE: usize = 1 << 20;

/// Runs the test's body in a process of its own. `name` is the test's path, as in `long::a_text`.
pub(crate) fn apart(name: &str, case: impl FnOnce()) {
    if std::env::var_os(CASE).is_some_and(|open| *open == *name) {
        case();
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    let output = child.args([name, "--exact", "--nocapture"]).env(CASE, name).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("1 passed"),
        "{}\n{said}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    said.lines().filter(|line| line.starts_with("peak")).for_each(|line| println!("{name}: {line}"));
}

/// The full size where all sizes are asked for, else a smaller one.
pub(crate) fn size(full: usize, otherwise: usize) -> usize {
    if std::env::var_os("CONVOLAKE_FULL_BOUNDS").is_some() { full } else { otherwise }
}

const PAGE: &str =
    "raw/pipeline/stream/agent_id=demo,from=2025-04-15,until=2025-04-16/20251121T150000Z-00001.jsonl.zst#1";

/// Flattens a page in memory of at most `times` its own size, and a little to begin with.
pub(crate) fn flatten(stream: &Stream, body: &[u8], times: usize) -> Result<FlatPage, UnreadablePage> {
    flatten_named(stream, body, PAGE, times)
}

/// As [`flatten`], of a page with this name.
pub(crate) fn flatten_named(
    stream: &Stream,
    body: &[u8],
    page: &str,
    times: usize,
) -> Result<FlatPage, UnreadablePage> {
    let params: BTreeMap<String, String> =
        ["agent_id", "bot_name", "p"].map(|name| (name.to_owned(), "demo".to_owned())).into();
    let listed = BTreeMap::new();
    let flattener =
        Flattener::compile(&stream.schema, &stream.tables, &stream.envelope, OnMismatch::Keep).unwrap();
    // Forgets the peak so far, where the system can.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = resident("VmRSS");
    let flat = flattener.flatten(&PageInput { body, page, position: 0, params: &params, listed: &listed });
    let taken = resident("VmHWM").saturating_sub(before);
    if body.len() > MEGABYTE {
        println!("peak {} MB for a page of {:.1} MB", taken / MEGABYTE, body.len() as f64 / MEGABYTE as f64);
    }
    let most = times * body.len() + 64 * MEGABYTE;
    assert!(taken <= most, "{} MB taken, {} MB at most", taken / MEGABYTE, most / MEGABYTE);
    flat
}

/// A figure of the process's memory, in bytes; 0 where there is no such file.
fn resident(what: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// The rows of each table.
pub(crate) fn rows(flat: &FlatPage) -> Vec<(&str, usize)> {
    flat.tables.iter().map(|flat| (flat.table.as_str(), flat.rows.num_rows())).collect()
}

/// `one` so many times, with commas between.
pub(crate) fn repeated(one: &str, n: usize) -> String {
    let mut list = format!("{one},").repeat(n);
    list.pop();
    list
}
