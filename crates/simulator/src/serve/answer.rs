use axum::http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::query::BadParam;
use crate::habits::Refused;
use crate::stream::Stream;

/// Why there is no page.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
    /// Beside those that every answer has.
    headers: Vec<(String, String)>,
    /// The habit it comes from.
    habit: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), headers: Vec::new(), habit: None }
    }

    pub(super) fn too_many(retry_after_s: Option<u64>) -> Self {
        let header = retry_after_s.map(|seconds| (RETRY_AFTER.as_str().to_owned(), seconds.to_string()));
        Self {
            headers: header.into_iter().collect(),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests")
        }
    }

    pub(super) fn habit(&self) -> Option<&'static str> {
        self.habit
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
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self {
            status: StatusCode::from_u16(refused.status).unwrap_or(StatusCode::BAD_REQUEST),
            message: refused.message,
            headers: refused.headers,
            habit: Some(refused.habit),
        }
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
