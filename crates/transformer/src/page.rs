//! A page to flatten, and what it gives.

use std::collections::BTreeMap;

use convolake_batch::TableBatch;

use crate::report::{Drift, Rejects};

/// A page to flatten.
#[derive(Debug, Clone, Copy)]
pub struct PageInput<'a> {
    /// The page's body, as decoded from HTTP.
    pub body: &'a [u8],
    /// The raw object and line it stands in: what places in reports name.
    pub page: &'a str,
    /// The params it was asked for with.
    pub params: &'a BTreeMap<String, String>,
    /// The position of its first record: 0, but in a file with a record a line.
    pub position: u32,
    /// Hashes of list records by id, for columns mapped with `listed`.
    pub listed: &'a BTreeMap<String, String>,
}

/// What a page gave.
#[derive(Debug)]
pub struct FlatPage {
    /// The tables it feeds, in the order of the stream's schema.
    pub tables: Vec<TableBatch>,
    /// Records on the page, with the rejected ones.
    pub records: u32,
    /// What could not become rows.
    pub rejects: Rejects,
    /// How the page differs from what the schema expects.
    pub drift: Drift,
}

/// What a page gave besides rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageNotes {
    /// Records on the page, with the rejected ones.
    pub records: u32,
    /// What could not become rows.
    pub rejects: Rejects,
    /// How the page differs from what the schema expects.
    pub drift: Drift,
}

/// A page that cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadablePage {
    /// The body is no JSON.
    #[error("the page is no JSON: expected {expected} at byte {offset}")]
    Syntax {
        /// What was expected.
        expected: &'static str,
        /// The byte of the body where.
        offset: usize,
    },
    /// The records are not where the pipeline says.
    #[error("the page has no records at `{at}`{}", found.map(|found| format!(", but a value of type {found}")).unwrap_or_default())]
    NoRecords {
        /// The pointer to the records.
        at: String,
        /// The type of what stands there instead.
        found: Option<&'static str>,
    },
    /// The source says that it failed.
    #[error("the source says it failed: {message}")]
    Failed {
        /// The source's own words.
        message: String,
    },
    /// More than a batch can hold.
    #[error("the page does not fit into a batch: {message}")]
    TooLarge {
        /// What was too large.
        message: String,
    },
}
