use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OnMismatch, Quota, RateScope, TimeFormat};
use crate::{Pointer, Span, Template};

/// A pipeline: a source API, its streams, and defaults.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Pipeline")]
pub(crate) struct PipelineWritten {
    /// The pipeline's name; it stands in the lake's paths as `source=NAME`.
    pub(crate) name: String,
    /// What it pulls, for people.
    pub(crate) doc: Option<String>,
    /// Scheme and host of the API, with a path prefix where it has one.
    pub(crate) base_url: String,
    /// How requests are authorised.
    pub(crate) auth: AuthWritten,
    /// Values the user chooses.
    #[serde(default)]
    pub(crate) params: IndexMap<String, ParamWritten>,
    /// The pace of requests, for streams that set none of their own.
    pub(crate) rate_limit: Option<RateLimitWritten>,
    /// How long a request may take.
    #[serde(default)]
    pub(crate) timeouts: TimeoutsWritten,
    /// Where whoever runs the source finds whoever runs this: a URL (https:// or mailto:) that stands in every request's
    /// User-Agent, behind name and version.
    pub(crate) contact: Option<String>,
    /// Where a stream without a watermark begins: a date or RFC 3339.
    pub(crate) begin: Option<String>,
    /// What is done with a value that does not fit its column.
    #[serde(default)]
    pub(crate) on_mismatch: OnMismatch,
    /// The percentage of a run's records that may be quarantined without failing the run.
    #[serde(default)]
    pub(crate) max_quarantined: f64,
    /// Files per partition, for very large days.
    pub(crate) buckets: Option<u32>,
    /// The streams by name.
    pub(crate) streams: IndexMap<String, StreamWritten>,
}

/// How requests are authorised.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Auth")]
pub(crate) struct AuthWritten {
    /// The header that carries the key.
    pub(crate) header: String,
    /// What stands before the key, as in `Bearer `.
    #[serde(default)]
    pub(crate) prefix: String,
    /// The environment variable that holds the key; with `_FILE` behind it, the one that names a file with it.
    pub(crate) env: String,
    /// Where a user finds the key.
    pub(crate) hint: Option<String>,
}

/// A param: its value, its values, or what is expected of it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Param")]
pub(crate) enum ParamWritten {
    /// What is expected of it.
    Spec(ParamSpecWritten),
    /// Its values; each is pulled on its own.
    Values(Vec<ScalarWritten>),
    /// Its value.
    Value(ScalarWritten),
}

/// What is expected of a param.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ParamSpec")]
pub(crate) struct ParamSpecWritten {
    /// True where a run cannot do without a value.
    #[serde(default)]
    pub(crate) required: bool,
    /// What it is.
    pub(crate) doc: Option<String>,
    /// The value where none is given.
    pub(crate) default: Option<ScalarWritten>,
}

/// A text or a number, taken as text.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Scalar")]
pub(crate) enum ScalarWritten {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
}

/// The pace of requests.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RateLimit")]
pub(crate) struct RateLimitWritten {
    /// The most requests in any one second.
    pub(crate) requests_per_second: f64,
    /// What shares the limit.
    #[serde(default)]
    pub(crate) per: RateScope,
    /// The most requests in a day or month of UTC, as in `10000/day` or `300000/month`.
    #[schemars(with = "Option<String>")]
    pub(crate) quota: Option<Quota>,
}

/// How long a request may take.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Timeouts")]
pub(crate) struct TimeoutsWritten {
    /// The longest wait for a connection, TLS included; 10s by default.
    pub(crate) connect: Option<Span>,
    /// The longest wait for the head of an answer, and then between two pieces of its body; 60s by default.
    pub(crate) idle: Option<Span>,
    /// The longest a request may take from start to end; 10m by default.
    pub(crate) total: Option<Span>,
}

/// One endpoint and the records it yields.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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
    /// Where the answer holds its array of records.
    pub(crate) records: Pointer,
    /// A boolean in the answer of which an explicit `false` fails the page.
    pub(crate) success: Option<Pointer>,
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

/// A query parameter's value.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "QueryValue")]
pub(crate) enum QueryWritten {
    /// A whole number.
    Number(i64),
    /// A text with `{param}` places.
    Text(Template),
}

/// Time windows.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Windows")]
pub(crate) struct WindowsWritten {
    /// The query parameter of a window's start.
    pub(crate) from: String,
    /// The query parameter of a window's end.
    pub(crate) until: String,
    /// How an instant is written.
    pub(crate) format: TimeFormat,
    /// The time a record is filed under, relative to the record; windows are sized by it.
    pub(crate) at: Option<Pointer>,
    /// Which records are looked at again although their window is long past.
    pub(crate) open: Option<OpenRecordsWritten>,
    /// The length of a window where nothing is known of the density yet.
    pub(crate) window: Span,
    /// How far before the watermark a run looks again.
    pub(crate) lookback: Option<Span>,
}

/// How one answer leads to the next.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Pages")]
pub(crate) struct PagesWritten {
    /// Where the answer holds the next cursor.
    pub(crate) cursor: Option<Pointer>,
    /// The query parameter that takes the cursor.
    pub(crate) param: Option<String>,
    /// Where the answer holds the URL of the next page.
    pub(crate) next_link: Option<Pointer>,
    /// The query parameter of the page number.
    pub(crate) number: Option<String>,
    /// The first page's number.
    pub(crate) first: Option<u32>,
    /// Where the answer says whether there is more.
    pub(crate) more: Option<Pointer>,
    /// How many records a page may hold.
    pub(crate) size: Option<PageSizeWritten>,
    /// The most pages one chain may have.
    pub(crate) max_pages: Option<u32>,
}

/// The size of a page.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PageSize")]
pub(crate) struct PageSizeWritten {
    /// The query parameter.
    pub(crate) param: String,
    /// The sizes to try, the largest first; a 400 leads to the next.
    pub(crate) sizes: Vec<u32>,
}

/// Records that may still change: those that changed not long ago.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OpenRecords")]
pub(crate) struct OpenRecordsWritten {
    /// The column of the stream's own table with the time a record is filed under.
    pub(crate) began: String,
    /// The column with the time of its last change.
    pub(crate) changed: String,
    /// A record is open until it has not changed for so long.
    pub(crate) quiet: Span,
}

/// A count the source declares, to be held against the rows in the lake.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
#[schemars(rename = "ByParent")]
pub(crate) struct ByParentWritten {
    /// The query parameter that takes the parents' ids, joined by commas.
    pub(crate) param: String,
    /// Ids a request; 1 where nothing is said.
    pub(crate) batch: Option<u32>,
    /// The column of the parent's row with the time it began: the window asked for begins there, less the lookback.
    pub(crate) since: Option<String>,
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

/// Ids from another stream.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ChangedIds")]
pub(crate) struct ChangedWritten {
    /// The stream whose records are compared.
    pub(crate) list: String,
    /// The query parameter that takes ids joined by commas.
    pub(crate) param: String,
    /// Ids a request.
    pub(crate) batch: u32,
}
