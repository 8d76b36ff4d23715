use std::sync::Arc;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use super::query::BadParam;
use crate::json_edit::RawObject;
use crate::record::Record;
use crate::stream::Stream;

/// One page, before it is put into bytes.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) stream: Stream,
    pub(super) records: Vec<Record>,
    /// What stands after the record array, with the closing brace.
    pub(super) tail: String,
}

impl Page {
    pub(super) fn keys(&self) -> Vec<Arc<str>> {
        self.records.iter().map(|record| Arc::clone(&record.key)).collect()
    }

    pub(super) fn body(&self) -> Vec<u8> {
        let size: usize = self.records.iter().map(|record| record.text.len() + 1).sum();
        let head = self.stream.envelope_head();
        let mut body = Vec::with_capacity(head.len() + size + self.tail.len() + 2);
        body.extend_from_slice(head.as_bytes());
        body.push(b'[');
        for (index, record) in self.records.iter().enumerate() {
            if index > 0 {
                body.push(b',');
            }
            body.extend_from_slice(&record.text);
        }
        body.push(b']');
        body.extend_from_slice(self.tail.as_bytes());
        body
    }

    /// The page with this field of each record set to a JSON value, or taken away.
    pub(super) fn with_field(&self, name: &str, value: Option<&str>) -> Self {
        let changed = |record: &Record| {
            let text = std::str::from_utf8(&record.text).ok();
            let text = text.and_then(RawObject::parse).map(|mut object| {
                object.set(name, value);
                Bytes::from(object.to_text())
            });
            Record { text: text.unwrap_or_else(|| record.text.clone()), ..record.clone() }
        };
        Self {
            stream: self.stream,
            records: self.records.iter().map(changed).collect(),
            tail: self.tail.clone(),
        }
    }

    pub(super) fn body_with_null_data(&self) -> Vec<u8> {
        format!("{}null{}", self.stream.envelope_head(), self.tail).into_bytes()
    }
}

/// Why there is no page.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
    retry_after_s: Option<u64>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after_s: None }
    }

    pub(super) fn too_many(retry_after_s: Option<u64>) -> Self {
        Self { status: StatusCode::TOO_MANY_REQUESTS, message: "Too many requests".to_owned(), retry_after_s }
    }

    pub(super) fn into_response(self, stream: Stream) -> Response {
        let message = &self.message;
        let body = match stream {
            Stream::AgentxConversations | Stream::AgentxMessages => json!({ "message": message }),
            _ if self.status == StatusCode::BAD_REQUEST => {
                json!({ "message": message, "code": "BAD_REQUEST", "issues": [{ "message": message }] })
            }
            _ => json!({ "success": false, "message": message }),
        };
        let mut response = json_response(self.status, &body);
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<BadParam> for Refusal {
    fn from(BadParam(message): BadParam) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }
}

pub(super) fn json_response(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
