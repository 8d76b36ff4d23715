//! A validated mapping: how records become rows of tables.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use jiff::tz::TimeZone;

use super::{Table, validate_mapping};
use crate::{ConfigError, Pointer, Template};

/// How a stream's records become rows: one mapping for each table it feeds.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamSchema {
    /// The mappings, in the order of the file.
    pub mappings: Vec<Mapping>,
}

/// How records become rows of one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// The table's name.
    pub table: String,
    /// Where a record's rows stand: one row for each match. The root is the record itself. Each `*` is the last
    /// step or followed by keys; the pointer ends with `*` unless it is the root.
    pub rows: Pointer,
    /// The columns by which a newly exported parent replaces all rows it had; empty where rows are upserted.
    pub replace: Vec<String>,
    /// The block of the row's JSON whose fields stand in `extra` under their own names (all others: `_record`).
    pub extra_base: Pointer,
    /// Where an element that is no object is put: it is read as if it were an object with it at this place.
    pub bare_element: Option<Pointer>,
    /// The columns by name.
    pub columns: IndexMap<String, ColumnMapping>,
}

/// How one column is filled.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnMapping {
    /// Where its value comes from.
    pub source: ColumnSource,
    /// How numbers and texts are read as dates; only for timestamps and dates.
    pub spelling: DateSpelling,
    /// The words it is known to hold; empty where any is as good as another.
    pub known: BTreeSet<String>,
}

/// Where a column's value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnSource {
    /// A place in the JSON.
    At {
        /// The enclosing element that `candidates` are relative to: a beginning of the mapping's `rows` that is
        /// the root or ends with `*`.
        from: Pointer,
        /// The places to look; the first whose value fits counts.
        candidates: Vec<Pointer>,
        /// True where a value that fits nowhere is simply not for this column, and no mismatch.
        optional: bool,
        /// Which values a string column takes.
        texts: Texts,
        /// What joins the values of a place with `*`.
        join: Option<String>,
        /// Words that stand for others.
        synonyms: Option<Synonyms>,
    },
    /// A place beside the records, in the page around them.
    Page {
        /// The places to look, from the page; the first whose value fits counts. As far as a place begins like the stream's
        /// `records`, its `*` are the elements that the record stands in.
        candidates: Vec<Pointer>,
        /// Which scalars a column of texts takes.
        texts: Texts,
        /// True where a value that fits nowhere is simply not for this column.
        optional: bool,
        /// What joins the values of a place with further `*`.
        join: Option<String>,
        /// Words that stand for others.
        synonyms: Option<Synonyms>,
    },
    /// The position of the record among those of its page, from 0; in a file with a record a line, the line's, from 0.
    Position,
    /// The key of the enclosing element in the object it is a member of, or its index as text in an array; the element is
    /// named by its beginning of `rows`, and the root is the record.
    Key(Pointer),
    /// A param of the pipeline.
    Param(String),
    /// The position of the enclosing element in the array `rows` passes at this pointer (from the record, ends with `*`).
    Index(Pointer),
    /// Columns of the same row in a text.
    Template(Template),
    /// The number of elements of an array, relative to the row's element; null where it is absent.
    Count(Pointer),
    /// The least value of a column of the rows below this one.
    Least {
        /// The table of those rows.
        table: String,
        /// The column.
        column: String,
    },
    /// The greatest value of a column of the rows below this one.
    Greatest {
        /// The table of those rows.
        table: String,
        /// The column.
        column: String,
    },
    /// What the listing stream knew of the record whose id stands in this column: the hash of its list record.
    Listed {
        /// The column that holds the id.
        by: String,
    },
}

/// Which values a string column takes, besides strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// Numbers and booleans too, as they are written. Of several candidates a string comes first.
    AnyScalar,
    /// None: a number or boolean is not for this column.
    StringsOnly,
}

/// Words that stand for others, as in `user` for `human`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synonyms {
    /// The source's word to ours.
    pub words: IndexMap<String, String>,
    /// Ours for every other word; `None` passes them as sent. What is absent or null is no word.
    pub otherwise: Option<String>,
}

/// How numbers and texts become dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateSpelling {
    /// What a bare number counts.
    pub unit: UnixUnit,
    /// The spelling the source uses, which the column gives back exactly; any other is also kept in `extra`.
    pub usual: Option<UsualSpelling>,
    /// The zone of a text that names none. A local time that the clocks skip counts by the offset before the gap; of one that
    /// comes twice, the first is meant.
    pub zone: TimeZone,
}

/// What a bare number counts since 1970-01-01 UTC.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum UnixUnit {
    /// Seconds or milliseconds, by magnitude; what then lies outside of the years 2000 to 2100 is no date.
    #[default]
    Auto,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
}

/// A spelling of instants that a timestamp column can give back exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UsualSpelling {
    /// A number of seconds.
    UnixSeconds,
    /// A number of milliseconds.
    UnixMilliseconds,
    /// A number of microseconds.
    UnixMicroseconds,
    /// ISO 8601 without zone, as Python's `isoformat`: no fraction where it is 0, else six digits.
    Iso,
    /// RFC 3339 with `Z`: no fraction where it is 0, else three or six digits, the fewest that do.
    Rfc3339,
}

impl StreamSchema {
    /// Checks what columns take from beside the records against where these stand.
    ///
    /// # Errors
    /// A place with a `*` that is none on the way to the records.
    pub fn check_records(&self, file: &str, text: &str, records: &Pointer) -> Result<(), ConfigError> {
        validate_mapping::check_records(self, file, text, records)
    }

    /// Reads a stream's schema. `tables` are those it may name.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(file: &str, text: &str, tables: &IndexMap<String, Table>) -> Result<Self, ConfigError> {
        validate_mapping::stream_schema(file, text, tables)
    }
}
