use std::collections::BTreeMap;

use arrow_array::RecordBatch;

/// A page to flatten.
#[derive(Debug, Clone, Copy)]
pub struct PageInput<'a> {
    /// The page's body, as decoded from HTTP.
    pub body: &'a [u8],
    /// The raw object and line it stands in: what the column `page` shows.
    pub page: &'a str,
    /// When it was fetched, in microseconds since 1970-01-01 UTC.
    pub fetched_at: i64,
    /// The params it was asked for with.
    pub params: &'a BTreeMap<String, String>,
    /// Hashes of list records by id, for columns mapped with `listed`.
    pub listed: &'a BTreeMap<String, String>,
}

/// What a page gave.
#[derive(Debug)]
pub struct FlatPage {
    /// The tables it feeds, in the order of the stream's schema.
    pub tables: Vec<FlatTable>,
    /// Records on the page, with the rejected ones.
    pub records: u32,
    /// What could not become rows.
    pub rejects: Vec<Reject>,
    /// How the page differs from what the schema expects.
    pub drift: Drift,
}

/// The rows a page gave to one table.
#[derive(Debug)]
pub struct FlatTable {
    /// The table's name.
    pub table: String,
    /// The rows, with exactly the table's columns.
    pub batch: RecordBatch,
    /// For each row, the index of its record on the page.
    pub index_in_page: Vec<u32>,
    /// Every parent on the page, also those without rows; for tables with `replace`.
    pub parents: Option<Parents>,
}

/// Parents seen on a page.
#[derive(Debug)]
pub struct Parents {
    /// The `replace` columns, a row for each parent.
    pub keys: RecordBatch,
    /// For each parent, the index of its record on the page.
    pub index_in_page: Vec<u32>,
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
            Self::Mismatch => "mismatch",
        }
    }
}

/// How a page differs from what the schema expects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// Fields without a column, by their pointer from the record.
    pub new_fields: BTreeMap<String, FieldDrift>,
    /// Values that do not fit, by table and column.
    pub mismatches: BTreeMap<(String, String), FieldDrift>,
    /// Bytes and escapes that were no text and became U+FFFD.
    pub replaced_characters: u32,
}

/// How often a field without a column was met, and where first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDrift {
    /// How often.
    pub count: u64,
    /// The first place, as `raw object#line` and the record's index.
    pub first: String,
}

impl Drift {
    /// More distinct fields than this are counted together, so that a source with ids for keys costs no memory.
    pub const MAX_FIELDS: usize = 1000;
    /// Where fields beyond [`Drift::MAX_FIELDS`] are counted.
    pub const OTHERS: &'static str = "(others)";

    /// Adds another page's counts; the first places of `self` stay.
    pub fn merge(&mut self, other: Self) {
        for (field, drift) in other.new_fields {
            let field = match self.new_fields.len() < Self::MAX_FIELDS || self.new_fields.contains_key(&field)
            {
                true => field,
                false => Self::OTHERS.to_owned(),
            };
            add(self.new_fields.entry(field), drift);
        }
        for (column, drift) in other.mismatches {
            add(self.mismatches.entry(column), drift);
        }
        self.replaced_characters = self.replaced_characters.saturating_add(other.replaced_characters);
    }
}

fn add<K: Ord>(entry: std::collections::btree_map::Entry<'_, K, FieldDrift>, drift: FieldDrift) {
    entry.and_modify(|known| known.count += drift.count).or_insert(drift);
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
