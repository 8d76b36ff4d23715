//! A landed page, and where it stands.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;

use crate::paths;

/// What one raw line holds: a page as it came, that is the request, and the answer's body decoded from HTTP, byte for
/// byte; or a *tombstone*, which says that records are gone at the source, and which no request and no body belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct RawPage {
    /// The run that fetched it.
    pub run: String,
    /// The pipeline.
    pub pipeline: String,
    /// The stream.
    pub stream: String,
    /// The slice as one path segment; two slices never share one.
    pub slice_id: String,
    /// The slice.
    pub slice: serde_json::Value,
    /// The stream's resolved params.
    pub params: BTreeMap<String, String>,
    /// The page's number in its slice.
    pub seq: u32,
    /// The request's method.
    pub method: String,
    /// The request's URL, without keys.
    pub url: String,
    /// The answer's HTTP status.
    pub status: u16,
    /// The answer's headers, those that are allowed to be kept.
    pub headers: BTreeMap<String, String>,
    /// When the answer was complete.
    pub fetched_at: jiff::Timestamp,
    /// The answer's body.
    pub body: Bytes,
    /// What the listing stream knew of the ids asked for; empty for all other streams.
    pub listed: BTreeMap<String, String>,
    /// The ids of records that are gone, where this is a tombstone; empty for a page.
    pub gone: Vec<String>,
}

/// Where a page stands in the raw zone. Its text, `object#line`, is the `page` of its rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageRef {
    /// The object's name within the lake.
    pub object: String,
    /// The line in it, from 1.
    pub line: u32,
}

/// A page read back from the raw zone.
#[derive(Debug, Clone, PartialEq)]
pub struct LandedPage {
    /// Where it stands.
    pub at: PageRef,
    /// The page, whole even where it was landed as a reference.
    pub page: RawPage,
}

impl PageRef {
    /// True for the `page` of a row that a landed page of the pipeline gave; others are of files that were flattened.
    pub fn is_landed(page: &str, pipeline: &str) -> bool {
        page.strip_prefix(&paths::raw_pipeline(pipeline)).is_some_and(|rest| rest.starts_with('/'))
    }

    /// What stands for a file whose pages are flattened: its name, spelled so that no landed object is called so.
    pub fn object_of_file(name: &str) -> String {
        let is_like_landed = name.strip_prefix(paths::RAW).is_some_and(|rest| rest.starts_with('/'));
        if is_like_landed { format!("./{name}") } else { name.to_owned() }
    }

    /// Reads `object#line`.
    pub fn parse(text: &str) -> Option<Self> {
        let (object, line) = text.rsplit_once('#')?;
        Some(Self { object: object.to_owned(), line: line.parse().ok()? })
    }
}

impl fmt::Display for PageRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}#{}", self.object, self.line)
    }
}
