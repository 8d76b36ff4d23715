//! What is kept of an answer.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, StatusCode};
use jiff::Timestamp;

use super::PageRoom;
use crate::envelope::{PartialFailure, RecordSeen};

/// One readable answer of a source.
#[derive(Debug)]
pub struct Page {
    /// The page's place in its chain, from 1, without gaps; it counts on where a slice was begun anew.
    pub seq: u32,
    /// The method of the request.
    pub method: Method,
    /// The URL of the request; no key stands in it.
    pub url: String,
    /// The status, 2xx.
    pub status: StatusCode,
    /// The answer's headers by name in lower case, of an allow-list.
    pub headers: BTreeMap<String, String>,
    /// When the answer was whole.
    pub fetched_at: Timestamp,
    /// The body, byte for byte after content encodings are undone, but for a key that the source wrote into it.
    pub body: Bytes,
    /// Errors that stand beside its records.
    pub partial: Option<PartialFailure>,
    /// How many records it holds.
    pub record_count: usize,
    /// How many of them are no JSON, though the page is whole.
    pub n_broken: usize,
    /// The records in order; empty for streams without `id`.
    pub records: Vec<RecordSeen>,
    /// Attempts at this page that failed before.
    pub retries: u32,
    /// The memory it takes: to be dropped with the body.
    pub room: PageRoom,
}

/// An answer that was no readable page, kept as evidence.
#[derive(Debug, Clone)]
pub struct FailedResponse {
    /// Which attempt at the page it was, from 1.
    pub attempt: u32,
    /// The URL of the request; no key stands in it.
    pub url: String,
    /// The status.
    pub status: StatusCode,
    /// The answer's headers, as for a [`Page`].
    pub headers: BTreeMap<String, String>,
    /// When the answer was whole.
    pub fetched_at: Timestamp,
    /// The beginning of the body: at most [`FailedResponse::BODY_BYTES_MAX`] bytes.
    pub body: Bytes,
    /// Why it was no page.
    pub reason: String,
}

impl FailedResponse {
    /// The most bytes of a body that are kept.
    pub const BODY_BYTES_MAX: usize = 64 << 10;
}
