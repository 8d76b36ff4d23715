//! What a page gives.

use std::collections::{BTreeMap, BTreeSet};

use convolake_batch::ParentExtent;
use convolake_transformer::RejectReason;

use crate::cells::Cell;

/// The rows of each level's table.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) of: Vec<Vec<Row>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// In the order of the table's columns.
    pub(crate) cells: Vec<Cell>,
    pub(crate) index_in_page: u32,
}

impl Rows {
    pub(crate) fn of_levels(n: usize) -> Self {
        Self { of: vec![Vec::new(); n] }
    }

    /// How many rows each table has.
    pub(crate) fn counts(&self) -> Vec<usize> {
        self.of.iter().map(Vec::len).collect()
    }

    /// Drops what came since.
    pub(crate) fn cut(&mut self, counts: &[usize]) {
        self.of.iter_mut().zip(counts).for_each(|(rows, count)| rows.truncate(*count));
    }
}

/// A record or an element that gives no rows.
#[derive(Debug, Clone)]
pub(crate) struct Rejected {
    pub(crate) reason: RejectReason,
    pub(crate) pointer: String,
    pub(crate) index_in_page: u32,
    /// What it may be said to be about; empty where that is not held against it.
    pub(crate) details: BTreeSet<String>,
    pub(crate) text: String,
}

/// All that a page gives.
#[derive(Default)]
pub(crate) struct Flat {
    /// By table.
    pub(crate) rows: BTreeMap<String, Vec<Row>>,
    /// By table with `replace`: the columns of each parent.
    pub(crate) parents: BTreeMap<String, Vec<Row>>,
    /// By the same: how much of each parent came.
    pub(crate) extents: BTreeMap<String, Vec<ParentExtent>>,
    pub(crate) records: u32,
    pub(crate) rejects: Vec<Rejected>,
    /// By pointer: how often, and the first record.
    pub(crate) new_fields: BTreeMap<String, (u64, u32)>,
    /// By table and column.
    pub(crate) mismatches: BTreeMap<(String, String), (u64, u32)>,
    pub(crate) replaced_characters: u32,
}

/// Why a page gives nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Syntax,
    NoRecords,
    Failed(Option<String>),
}
