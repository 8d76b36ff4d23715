use std::collections::BTreeMap;

use convolake_batch::TableBatch;

use crate::report::drift::Drift;
use crate::report::rejects::Rejects;

/// A page to flatten.
#[derive(Debug, Clone, Copy)]
pub struct PageInput<'a> {
    /// The page's body, as decoded from HTTP.
    pub body: &'a [u8],
    /// The raw object and line it stands in: what places in reports name.
    pub page: &'a str,
    /// The params it was asked for with.
    pub params: &'a BTreeMap<String, String>,
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

/// A record or an element that could not become rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Why.
    pub reason: RejectReason,
    /// Where on the page, as a JSON Pointer.
    pub pointer: String,
    /// The index of its record on the page.
    pub index_in_page: u32,
    /// What it is about: a column, a limit.
    pub detail: String,
    /// Its text, verbatim.
    pub text: String,
}

/// Why something could not become rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RejectReason {
    /// A record that is no object.
    NotAnObject,
    /// A required column has no value.
    MissingRequired,
    /// A key that leads to rows stands twice in one object.
    DuplicateKey,
    /// Nested deeper than readers of JSON columns bear.
    TooDeep,
    /// A value would stand in so many rows that they could not be held.
    TooLarge,
    /// A value does not fit its column, and the pipeline says `on_mismatch: quarantine`.
    Mismatch,
}

impl RejectReason {
    /// The reason's code in quarantine lines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAnObject => "not_an_object",
            Self::MissingRequired => "missing_required",
            Self::DuplicateKey => "duplicate_key",
            Self::TooDeep => "too_deep",
            Self::TooLarge => "too_large",
            Self::Mismatch => "mismatch",
        }
    }
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
    #[error("the page has no array of records at `{at}`")]
    NoRecords {
        /// The pointer to the records.
        at: String,
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
