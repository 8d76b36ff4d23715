//! Time windows as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::pipeline::{TimeFormat, WindowBounds};
use crate::{Pointer, Span};

/// Time windows.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a block such as `{ window: 1d, from: start, until: end, format: unix_seconds }`"
)]
#[schemars(rename = "Windows")]
pub(crate) struct WindowsWritten {
    /// The query parameter of a window's start.
    pub(crate) from: String,
    /// The query parameter of a window's end.
    pub(crate) until: String,
    /// How an instant is written.
    pub(crate) format: TimeFormat,
    /// Whether the source gives what lies exactly on a bound: on at least one of the two (`inclusive`, where nothing is said), or
    /// on neither (`exclusive`).
    #[serde(default, skip_serializing_if = "is_usual")]
    pub(crate) bounds: WindowBounds,
    /// The time a record is filed under, relative to the record; windows are sized by it.
    pub(crate) at: Option<Pointer>,
    /// Which records are looked at again although their window is long past.
    pub(crate) open: Option<OpenRecordsWritten>,
    /// The length of a window where nothing is known of the density yet.
    pub(crate) window: Span,
    /// How far before the watermark a run looks again.
    pub(crate) lookback: Option<Span>,
    /// How far behind the source's clock the newest window ends; a second where nothing is set.
    pub(crate) lag: Option<Span>,
}

fn is_usual(bounds: &WindowBounds) -> bool {
    *bounds == WindowBounds::default()
}

/// Records that may still change: those that changed not long ago.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a block such as `{ began: started_at, changed: modified_at, quiet: 2d }`"
)]
#[schemars(rename = "OpenRecords")]
pub(crate) struct OpenRecordsWritten {
    /// The column of the stream's own table with the time a record is filed under.
    pub(crate) began: String,
    /// The column with the time of its last change.
    pub(crate) changed: String,
    /// A record is open until it has not changed for so long.
    pub(crate) quiet: Span,
}
