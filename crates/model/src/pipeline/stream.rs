//! A validated stream: one endpoint and the records it yields.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{AnswerRules, Quota};
use crate::{Pointer, Span, Template};

/// One endpoint and the records it yields.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// The stream's name.
    pub name: String,
    /// Scheme, host and path prefix of its requests; ends with `/`.
    pub base_url: Url,
    /// The path below `base_url`, with `{param}` places.
    pub path: Template,
    /// Query parameters of every request, with `{param}` places, in order.
    pub query: IndexMap<String, Template>,
    /// The time windows the stream is cut into; `None` where the API knows none.
    pub windows: Option<Windows>,
    /// How one answer leads to the next.
    pub pages: Pagination,
    /// Where things stand in an answer.
    pub envelope: Envelope,
    /// What else is known of answers, and how several ids are asked for.
    pub answers: AnswerRules,
    /// Set where other streams ask for what this one shows as changed: how its records are compared.
    pub comparison: Option<Comparison>,
    /// The record's own id, relative to the record.
    pub id: Option<Pointer>,
    /// The time a list's record is sorted by (newest first), relative to the record.
    pub listed_at: Option<Pointer>,
    /// Set where the stream can be asked for chosen ids, and another stream lists them.
    pub changed: Option<ChangedIds>,
    /// How often everything is walked, whatever the watermark says.
    pub full_walk: Option<Span>,
    /// How far before the watermark a run looks again.
    pub lookback: Span,
    /// What becomes of the rows of records that are gone at the source.
    pub gone: Gone,
    /// Where the source says how many rows a record should have in another table.
    pub declares: Option<Declares>,
    /// Set where the stream can be asked for the records of chosen parents.
    pub by_parent: Option<ByParent>,
    /// The pace of requests.
    pub rate_limit: RateLimit,
    /// The stream's schema: `PIPELINE/STREAM` under `schemas/`.
    pub schema: String,
}

impl Stream {
    /// Where a record holds the time that its stream is sorted or filed by.
    pub fn time_of_record(&self) -> Option<&Pointer> {
        self.listed_at.as_ref().or_else(|| self.windows.as_ref()?.at.as_ref())
    }
}

/// Time windows as two query parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    /// The query parameter of a window's start.
    pub from: String,
    /// The query parameter of a window's end.
    pub until: String,
    /// How an instant is written there.
    pub format: TimeFormat,
    /// Whether the source counts its bounds in.
    pub bounds: WindowBounds,
    /// The time a record is filed under, relative to the record; windows are sized by it.
    pub at: Option<Pointer>,
    /// The length of a window where nothing is known of the density yet.
    pub window: Span,
    /// Which records are looked at again although their window is long past.
    pub open: Option<OpenRecords>,
    /// How far behind the source's clock the newest window ends.
    pub lag: Span,
}

/// Whether a source counts the bounds of a window in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowBounds {
    /// At least one of them.
    #[default]
    Inclusive,
    /// Neither: a window is asked for from one unit of its format earlier, so that what lies exactly between two is in one.
    Exclusive,
}

/// Records that may still change: those that changed not long ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRecords {
    /// The column of the stream's own table with the time a record is filed under.
    pub began: String,
    /// The column with the time of its last change.
    pub changed: String,
    /// A record is open until it has not changed for so long.
    pub quiet: Span,
}

/// How an instant is written in a query parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// Whole seconds since 1970-01-01 UTC.
    UnixSeconds,
    /// Whole milliseconds since 1970-01-01 UTC.
    UnixMilliseconds,
    /// RFC 3339 in UTC.
    Rfc3339,
    /// The day in UTC alone, as in `2025-04-15`. What happened today is complete once the day is over.
    Date,
}

impl TimeFormat {
    /// As a pipeline writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::UnixSeconds => "unix_seconds",
            Self::UnixMilliseconds => "unix_milliseconds",
            Self::Rfc3339 => "rfc3339",
            Self::Date => "date",
        }
    }
}

/// How one answer leads to the next.
///
/// A cursor in the answer is followed where one stands; page numbers serve where `numbered` is given and the
/// answer holds no cursor. The chain ends on an empty page, on a null or absent cursor (where there are no page
/// numbers to go on with), where `more` says so, and behind the last page where `last` tells its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pagination {
    /// Where the answer holds the next cursor, and the query parameter that takes it.
    pub cursor: Option<(Pointer, String)>,
    /// Where the answer holds the URL of the next page.
    pub next_link: Option<Pointer>,
    /// Page numbers.
    pub numbered: Option<NumberedPages>,
    /// Where the answer says whether there is more.
    pub more: Option<Pointer>,
    /// What stands at `more` where more pages follow; `false` for a flag that is true at the end.
    pub more_is: bool,
    /// Where the answer holds how many pages there are: the number of the last one, where the first is 1.
    pub last: Option<Pointer>,
    /// Where the answer holds how many records there are, on all pages together.
    pub total: Option<Pointer>,
    /// How many records a page may hold.
    pub size: Option<PageSize>,
    /// The most pages one chain may have.
    pub max_pages: u32,
}

/// Page numbers as a query parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedPages {
    /// The query parameter.
    pub param: String,
    /// The first page's number.
    pub first: u32,
}

/// The size of a page as a query parameter; after a 400 the next smaller size is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageSize {
    /// The query parameter.
    pub param: String,
    /// The sizes to try, the largest first; never empty.
    pub sizes: Vec<u32>,
}

/// Where things stand in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The records: each value it hits is an array of them, or an object that is one (or none, where it is empty).
    pub records: Pointer,
    /// A boolean: the page has failed unless it is `true` or absent.
    pub success: Option<Pointer>,
    /// The source's own words about a failure.
    pub message: Option<Pointer>,
}

/// Ids from another stream: the stream is asked for what that one shows as changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedIds {
    /// The stream whose records are compared.
    pub list: String,
    /// The query parameter that takes the ids.
    pub param: String,
    /// Ids a request.
    pub batch: u32,
}

/// How two versions of a record are compared. The order of an object's keys and the white space never count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What is left out, relative to the record; `*` stands for each element of an array.
    pub ignore: Vec<Pointer>,
    /// Arrays whose order does not count.
    pub unordered: Vec<Pointer>,
}

/// What becomes of the rows of records that are gone at the source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gone {
    /// They stay, and the run report tells of them.
    Keep,
    /// They leave all tables.
    Remove {
        /// The share (0 to 1) of the known records that may go at once; more is refused.
        at_most: f64,
    },
}

/// A count the source declares, to be held against the rows in the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declares {
    /// The column of the stream's own table that holds the count.
    pub column: String,
    /// The table whose rows are counted: those with the same key as the declaring row.
    pub rows: String,
    /// What the rows that count hold: column and text. All rows count where there is none.
    pub filter: IndexMap<String, String>,
}

/// How a stream is asked for the records of chosen parents, to bring what is short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByParent {
    /// The query parameter that takes the parents' ids.
    pub param: String,
    /// Ids a request.
    pub batch: u32,
    /// The column of the parent's row with the time it began; windows begin with the pipeline where there is none.
    pub since: Option<String>,
}

/// The pace of requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    /// The most requests in any one second.
    pub requests_per_second: f64,
    /// What shares the limit.
    pub per: RateScope,
    /// The most requests in a day or month; `None` for any number.
    pub quota: Option<Quota>,
}

/// What shares a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateScope {
    /// All requests of one endpoint, whatever their params.
    #[default]
    Stream,
    /// All requests to one host.
    Host,
}
