//! What resolving has met that somebody should know of: rows that gave way, parents that came back with less, rows that went back.

use serde::{Deserialize, Serialize};

use crate::resolve::batch_columns::BatchColumns;
use crate::rows::version::Versions;
use crate::rows::words::in_words;
use crate::table::layout::TableLayout;

/// Rows of a load that gave way to another of the same key, or the same parent, that came beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GaveWay {
    /// How many.
    pub rows: u64,
    /// The key of the first, in words.
    pub key: String,
    /// Its page.
    pub page: String,
    /// The page of the row, or record, it gave way to.
    pub to_page: String,
    /// The columns in which the two differ; empty where what it gave way to has no such row.
    pub columns: Vec<String>,
}

/// Parents that came back with fewer rows than they had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shrunk {
    /// How many.
    pub parents: u64,
    /// The rows they had and did not bring.
    pub rows: u64,
    /// The first of them, in words.
    pub first: String,
    /// The page it came back on.
    pub page: String,
}

/// Rows that took the place of one that the source changed later: what was fetched last is what counts, and it may be the answer
/// of a cache, or an old file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WentBack {
    /// How many.
    pub rows: u64,
    /// The key of the first, in words.
    pub key: String,
    /// Its page.
    pub page: String,
}

/// What a load has met in a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableTold {
    /// Rows that gave way to another of the same load.
    pub gave_way: Option<GaveWay>,
    /// Parents that declare more rows than they came with: the rows they had before were kept.
    pub shrunk: Option<Shrunk>,
    /// Parents whose records are whole, as far as they say, and have fewer rows than before: the others were taken out.
    pub reduced: Option<Shrunk>,
    /// Rows that took the place of one that the source changed later.
    pub went_back: Option<WentBack>,
}

/// Rows that gave way, their pages by the numbers of their versions.
#[derive(Debug, Default)]
pub(crate) struct GaveWayCount {
    rows: u64,
    first: Option<FirstGaveWay>,
}

/// The first row that gave way.
#[derive(Debug)]
pub(crate) struct FirstGaveWay {
    pub(crate) key: String,
    pub(crate) version: u32,
    pub(crate) to_version: u32,
    pub(crate) columns: Vec<String>,
}

impl FirstGaveWay {
    /// A row that gave way to a version, and to one of its rows where that has the key.
    pub(crate) fn of(
        layout: &TableLayout,
        (lost, row): (&BatchColumns<'_>, usize),
        to_version: u32,
        stays: Option<(&BatchColumns<'_>, usize)>,
    ) -> Self {
        let columns = stays.map(|(columns, other)| {
            let fields = layout.pushed.schema.fields().iter().zip(lost.content.iter().zip(&columns.content));
            let differs = fields.filter(|(_, (before, after))| !before.equal(row, after, other));
            differs.map(|(field, _)| field.name().clone()).collect()
        });
        Self {
            key: key_in_words(layout, lost, row),
            version: lost.batch.version[row],
            to_version,
            columns: columns.unwrap_or_default(),
        }
    }
}

/// The key of a row in words.
pub(crate) fn key_in_words(layout: &TableLayout, columns: &BatchColumns<'_>, row: usize) -> String {
    let names = layout.key.iter().map(|column| layout.schema.field(*column).name().as_str());
    in_words(names, &columns.key, row)
}

impl GaveWayCount {
    pub(crate) fn note(&mut self, first: impl FnOnce() -> FirstGaveWay) {
        self.rows += 1;
        if self.first.is_none() {
            self.first = Some(first());
        }
    }

    /// Adds what was met before.
    pub(crate) fn add(&mut self, before: Self) {
        self.rows += before.rows;
        self.first = before.first.or(self.first.take());
    }

    pub(crate) fn told(&self, versions: &Versions) -> Option<GaveWay> {
        let FirstGaveWay { key, version, to_version, columns } = self.first.as_ref()?;
        Some(GaveWay {
            rows: self.rows,
            key: key.clone(),
            page: versions.page(*version),
            to_page: versions.page(*to_version),
            columns: columns.clone(),
        })
    }
}

/// Parents that came back with fewer rows, the page of the first by the number of its version.
#[derive(Debug, Default)]
pub(crate) struct ShrunkCount {
    parents: u64,
    rows: u64,
    first: Option<(String, u32)>,
}

impl ShrunkCount {
    pub(crate) fn note(&mut self, n_rows: usize, version: u32, words: impl FnOnce() -> String) {
        self.parents += 1;
        self.rows += n_rows as u64;
        if self.first.is_none() {
            self.first = Some((words(), version));
        }
    }

    pub(crate) fn told(&self, versions: &Versions) -> Option<Shrunk> {
        let (first, version) = self.first.as_ref()?;
        Some(Shrunk {
            parents: self.parents,
            rows: self.rows,
            first: first.clone(),
            page: versions.page(*version),
        })
    }
}

/// Rows that went back, the page of the first by the number of its version.
#[derive(Debug, Default)]
pub(crate) struct WentBackCount {
    rows: u64,
    first: Option<(String, u32)>,
}

impl WentBackCount {
    pub(crate) fn note(&mut self, version: u32, key: impl FnOnce() -> String) {
        self.rows += 1;
        if self.first.is_none() {
            self.first = Some((key(), version));
        }
    }

    pub(crate) fn told(&self, versions: &Versions) -> Option<WentBack> {
        let (key, version) = self.first.as_ref()?;
        Some(WentBack { rows: self.rows, key: key.clone(), page: versions.page(*version) })
    }
}
