//! A Convocore source of which some is gone, the runs that look for it, and what the lake then holds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use convolake_simulator::Stream;
use serde_json::Value;

use crate::convolake::{Convolake, Ended};
use crate::lake::{Lake, TABLES};
use crate::source::{ONE_AFTER_THE_OTHER, Source};

pub(super) const LIST: Stream = Stream::ConvocoreList;
pub(super) const EXPORT: Stream = Stream::ConvocoreExport;

/// A run that walks list and export to their ends, always by the same requests.
pub(super) fn walk(source: &Source, lake: &Lake) -> Convolake {
    Convolake::pull("convocore", source, lake).set(ONE_AFTER_THE_OTHER).set("streams.export.full_walk=0s")
}

/// The same, by a pipeline that takes away what is gone.
pub(super) fn removing(source: &Source, lake: &Lake) -> Convolake {
    walk(source, lake).set("streams.export.gone=remove")
}

pub(super) fn filled(source: &Source) -> Lake {
    let lake = Lake::new();
    Convolake::pull("convocore", source, &lake).ends(0);
    lake
}

/// Every n-th conversation, of those that a list shows and those it does not.
pub(super) fn every_nth(source: &Source, n: usize) -> Vec<String> {
    source.ids(EXPORT).into_iter().step_by(n).collect()
}

pub(super) fn export(ended: &Ended) -> Value {
    let report = ended.report();
    let streams = report["streams"].as_array().unwrap();
    streams.iter().find(|stream| stream["stream"] == "export").unwrap().clone()
}

/// How many are gone, and how many of them were removed.
#[track_caller]
pub(super) fn gone_and_removed(ended: &Ended) -> (u64, u64) {
    let export = export(ended);
    (export["gone"].as_u64().unwrap(), export["removed"].as_u64().unwrap())
}

pub(super) fn rows_of(lake: &Lake, ids: &[String]) -> usize {
    let ids: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let is_of = |row: &Value| ids.contains(row["conversation_id"].as_str().unwrap());
    TABLES.iter().map(|table| lake.rows(table).iter().filter(|row| is_of(row)).count()).sum()
}

pub(super) fn tombstones(lake: &Lake) -> Vec<PathBuf> {
    let is_one = |file: &PathBuf| {
        let slice = file.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        slice.is_some_and(|slice| slice.starts_with("gone."))
    };
    lake.raw_files("convocore", "export").into_iter().filter(is_one).collect()
}

#[track_caller]
pub(super) fn replays_the_same(lake: &Lake) {
    let before = TABLES.map(|table| lake.rows(table));
    let lake = lake.copy();
    for loss in ["nothing", "tables and commits"] {
        if loss != "nothing" {
            lake.keep_raw_only();
        }
        Convolake::replay("convocore", &lake).ends(0);
        assert_eq!(TABLES.map(|table| lake.rows(table)), before, "rows after the loss of {loss}");
    }
}
