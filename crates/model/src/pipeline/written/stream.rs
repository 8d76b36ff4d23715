//! A stream as written: its endpoint, and what it says of its records.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FailedWritten, PagesWritten, QueryWritten, RateLimitWritten, WindowsWritten};
use crate::{Pointer, Span, Template};

/// One endpoint and the records it yields.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "the fields of a stream, indented below its name")]
#[schemars(rename = "Stream")]
pub(crate) struct StreamWritten {
    /// What it yields, for people.
    pub(crate) doc: Option<String>,
    /// Another host than the pipeline's.
    pub(crate) base_url: Option<String>,
    /// The path, with `{param}` places.
    pub(crate) path: Template,
    /// Query parameters of every request; values may hold `{param}` places.
    #[serde(default)]
    pub(crate) query: IndexMap<String, QueryWritten>,
    /// The time windows the stream is cut into.
    pub(crate) slices: Option<WindowsWritten>,
    /// How one answer leads to the next.
    pub(crate) pages: PagesWritten,
    /// Where the answer holds its records: an array of them, or an object that is one. With `*`, as in `/docs/*`, each element
    /// of an array or member of an object, which again may be an array of records or one. `""` is the whole answer.
    pub(crate) records: Pointer,
    /// A boolean in the answer: the page has failed unless it is `true` or absent.
    pub(crate) success: Option<Pointer>,
    /// Further signs of failure in an answer of a good status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) failed: Vec<FailedWritten>,
    /// The source's own words about a failure.
    pub(crate) message: Option<Pointer>,
    /// The record's id, relative to the record.
    pub(crate) id: Option<Pointer>,
    /// The time a list is sorted by, newest first, relative to the record.
    pub(crate) listed_at: Option<Pointer>,
    /// Ask for the ids that another stream shows as changed.
    pub(crate) changed: Option<ChangedWritten>,
    /// How often everything is walked, whatever the watermark says.
    pub(crate) full_walk: Option<Span>,
    /// How far before the watermark a run looks again.
    pub(crate) lookback: Option<Span>,
    /// What becomes of the rows of records that are gone at the source.
    #[serde(default)]
    pub(crate) gone: GoneWritten,
    /// The percentage of the known records that may be removed at once (10 where nothing is said); more is refused.
    pub(crate) max_gone: Option<f64>,
    /// A count the source declares, to be held against the rows in the lake.
    pub(crate) declares: Option<DeclaresWritten>,
    /// The stream can be asked for the records of chosen parents: so it is asked again for what is short of a count that
    /// another stream `declares`.
    pub(crate) by_parent: Option<ByParentWritten>,
    /// The pace of this stream's requests.
    pub(crate) rate_limit: Option<RateLimitWritten>,
    /// The stream's schema under `schemas/`, as in `convocore/export`.
    pub(crate) schema: String,
}

/// Ids from another stream.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ list: list, param: ids, batch: 20 }`")]
#[schemars(rename = "ChangedIds")]
pub(crate) struct ChangedWritten {
    /// The stream whose records are compared.
    pub(crate) list: String,
    /// The query parameter that takes the ids.
    pub(crate) param: String,
    /// Ids a request.
    pub(crate) batch: u32,
    /// What stands between ids; a comma where nothing is said.
    pub(crate) separator: Option<String>,
    /// True where the parameter stands once for each id.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) repeat: bool,
    /// The most bytes that the ids of a request take in its URL, as the URL spells them; 2000 where nothing is said.
    pub(crate) query_bytes: Option<u32>,
    /// What does not count as a change, relative to the list's record, as `/userImage` or `/blocks/*/id`: a URL that is signed
    /// anew in each answer, for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ignore: Vec<Pointer>,
    /// Arrays of the list's record whose order does not count as a change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) unordered: Vec<Pointer>,
}

/// What becomes of the rows of records that are gone at the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Gone")]
pub(crate) enum GoneWritten {
    /// They stay, and the run report tells of them.
    #[default]
    Keep,
    /// They leave all tables, once neither a whole list nor a whole walk nor an answer by id shows them.
    Remove,
}

/// A count the source declares, to be held against the rows in the lake.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ column: messages_declared, rows: messages }`")]
#[schemars(rename = "Declares")]
pub(crate) struct DeclaresWritten {
    /// The column of the stream's own table that holds the count.
    pub(crate) column: String,
    /// The table whose rows are counted.
    pub(crate) rows: String,
    /// What the rows that count hold, as in `role: human`; all rows count where it is left out.
    #[serde(default, rename = "where")]
    pub(crate) filter: IndexMap<String, String>,
}

/// How a stream is asked for the records of chosen parents.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ param: conversation_id }`")]
#[schemars(rename = "ByParent")]
pub(crate) struct ByParentWritten {
    /// The query parameter that takes the parents' ids.
    pub(crate) param: String,
    /// What stands between ids; a comma where nothing is said.
    pub(crate) separator: Option<String>,
    /// True where the parameter stands once for each id.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) repeat: bool,
    /// Ids a request; 1 where nothing is said.
    pub(crate) batch: Option<u32>,
    /// The column of the parent's row with the time it began: the window asked for begins there, less the lookback.
    pub(crate) since: Option<String>,
}
