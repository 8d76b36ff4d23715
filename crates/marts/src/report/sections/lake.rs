//! How fresh streams are, and how large the files of tables.

use convolake_engine::{PipelineStatus, StreamStatus};

use super::super::figure::{Counts, Named, Series, counts, top_and_others};
use super::super::page::{Block, Section, State, Table};
use super::super::words::{bytes, count, seconds, short};
use super::volume::count_of;
use crate::charts::Mark;

/// The upper ends of the classes of file sizes, in bytes.
const CLASSES: [u64; 8] =
    [10_000, 100_000, 1_000_000, 4_000_000, 16_000_000, 64_000_000, 256_000_000, u64::MAX];

/// How far each stream is.
pub(in super::super) fn freshness(pipelines: &[PipelineStatus]) -> Section {
    let title = "Freshness";
    let streams = || pipelines.iter().flat_map(|of| of.streams.iter().map(move |stream| (of, stream)));
    let mut blocks = Vec::new();
    for of in pipelines {
        blocks.extend(of.unreadable.iter().map(|what| Block::Note(format!("{}: {what}", of.pipeline))));
        if let Some(stopped) = &of.stopped {
            let words = "has stopped without coming to its end; the next one takes up what it left.";
            blocks.push(Block::Note(format!("The run {} of {} {words}", stopped.run, of.pipeline)));
        }
    }
    let row = |(of, stream): (&PipelineStatus, &StreamStatus)| {
        let instant = |at: Option<jiff::Timestamp>| {
            at.map_or_else(|| "–".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
        };
        let age = |age: Option<f64>| age.map_or_else(|| "–".to_owned(), seconds);
        let params: Vec<String> =
            stream.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        vec![
            format!("{} {} {}", of.pipeline, stream.stream, params.join(" ")).trim_end().to_owned(),
            instant(stream.watermark),
            age(stream.watermark_age_seconds),
            instant(stream.newest_row),
            age(stream.newest_row_age_seconds),
            count(stream.quarantined),
            count(stream.unanswered + stream.stale),
        ]
    };
    let rows: Vec<Vec<String>> = streams().map(row).collect();
    if rows.is_empty() {
        blocks.push(Block::Note("No stream has been pulled: what is here came from page files.".to_owned()));
    } else {
        let head = ["stream", "complete up to", "ago", "newest row", "ago", "quarantined", "still asked for"];
        let state = |(_, stream): (&PipelineStatus, &StreamStatus)| match stream.watermark {
            Some(_) if stream.quarantined == 0 => State::Good,
            _ => State::Warn,
        };
        blocks.push(Block::Table(Table {
            caption: "How far streams are".to_owned(),
            head: head.map(str::to_owned).to_vec(),
            rows,
            states: streams().map(state).collect(),
            is_numbers: false,
        }));
    }
    Section { id: "freshness", title, blocks }
}

/// The files of a table or mart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct TableFiles {
    pub(in super::super) table: String,
    /// `None` where the lists do not tell.
    pub(in super::super) rows: Option<u64>,
    /// The sizes that are known.
    pub(in super::super) bytes: Vec<u64>,
    pub(in super::super) files: usize,
}

/// How large the files of tables are.
pub(in super::super) fn files(tables: &[TableFiles]) -> Section {
    let title = "Files";
    if tables.is_empty() {
        let note = "The lake has no table yet.".to_owned();
        return Section { id: "files", title, blocks: vec![Block::Note(note)] };
    }
    let mut blocks = Vec::new();
    let series =
        tables.iter().map(|table| Series { name: table.table.clone(), values: classes(&table.bytes) });
    let series = top_and_others(series.collect());
    if !series.is_empty() {
        let rows: Vec<String> =
            CLASSES.iter().enumerate().map(|(place, end)| class_name(place, *end)).collect();
        let marks =
            rows.iter().enumerate().map(|(at, name)| Mark::new(at, name.replace("up to ", "≤ "))).collect();
        let n_files: usize = tables.iter().map(|table| table.files).sum();
        let largest = tables.iter().flat_map(|table| &table.bytes).copied().max().unwrap_or_default();
        let desc = format!("{} files; the largest has {}.", count(n_files as u64), bytes(largest));
        let named = Named { id: "file-sizes", title: "Files by size", desc, row: "size", rows, marks };
        blocks.push(counts(named, &series, Counts::Bars, short, |number| count_of(*number)));
    }
    let row = |table: &TableFiles| {
        let mut sizes = table.bytes.clone();
        sizes.sort_unstable();
        let size = |place: usize| sizes.get(place).map_or_else(|| "–".to_owned(), |size| bytes(*size));
        vec![
            table.table.clone(),
            table.rows.map_or_else(|| "–".to_owned(), count),
            count(table.files as u64),
            bytes(sizes.iter().sum()),
            size(sizes.len() / 2),
            size(sizes.len().saturating_sub(1)),
        ]
    };
    blocks.push(Block::Table(Table {
        caption: "Tables and marts".to_owned(),
        head: ["table", "rows", "files", "size", "middle file", "largest file"].map(str::to_owned).to_vec(),
        rows: tables.iter().map(row).collect(),
        is_numbers: true,
        ..Table::default()
    }));
    Section { id: "files", title, blocks }
}

/// How many files lie in each class.
fn classes(sizes: &[u64]) -> Vec<f64> {
    let mut counts = vec![0.0; CLASSES.len()];
    for size in sizes {
        let class = CLASSES.iter().position(|end| size <= end).unwrap_or(CLASSES.len() - 1);
        counts[class] += 1.0;
    }
    counts
}

fn class_name(place: usize, end: u64) -> String {
    match end {
        u64::MAX => format!("above {}", bytes(CLASSES[place - 1]).replace(".0", "")),
        end => format!("up to {}", bytes(end).replace(".0", "")),
    }
}
