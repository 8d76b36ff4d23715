//! Answers as faults make them.

use std::convert::Infallible;
use std::io::{self, Write};
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{StreamExt, stream};
use serde_json::json;

use super::answer::json_response;
use crate::fault::{FaultKind, GzipHow, TextHow, TornHow};
use crate::page::Page;

/// Marks answers that must reach the client in exactly these bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Uncompressed;

/// Faults that need no page.
pub(super) fn instead_of_answer(fault: &FaultKind) -> Option<Response> {
    const HTML: &str =
        "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Please wait</body></html>";
    let response = match fault {
        FaultKind::Status { code, retry_after, body } => {
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = match body {
                Some(body) => (status, body.clone()).into_response(),
                None => json_response(status, &json!({ "message": status.canonical_reason() })),
            };
            if let Some(value) = retry_after.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
                response.headers_mut().insert(RETRY_AFTER, value);
            }
            response
        }
        FaultKind::Html => ([(CONTENT_TYPE, "text/html; charset=utf-8")], HTML).into_response(),
        FaultKind::SuccessFalse { message } => {
            json_response(StatusCode::OK, &json!({ "success": false, "message": message }))
        }
        FaultKind::EmptyBody => ([(CONTENT_TYPE, "application/json")], "").into_response(),
        FaultKind::ExpiredCursor => {
            json_response(StatusCode::BAD_REQUEST, &json!({ "message": "cursor has expired" }))
        }
        _ => return None,
    };
    Some(response)
}

/// The page as a response, and whether its records reach the client.
pub(super) fn rendered(page: Page, fault: Option<FaultKind>) -> (Response, bool) {
    match fault {
        Some(FaultKind::Torn { at, how }) => (torn(page.body(), at, how), false),
        Some(FaultKind::Stall { ms }) => (stalled(page.body(), ms), true),
        Some(FaultKind::NullData) => (whole(page.body_with_null_data()), false),
        Some(FaultKind::InvalidJson) => {
            let mut body = page.body();
            let middle = body.len() / 2;
            for byte in body.iter_mut().skip(middle).take(2) {
                *byte = b'}';
            }
            // Two braces inside a string would be legal; an end that closes nothing never is.
            if let Some(last) = body.last_mut() {
                *last = b'[';
            }
            (whole(body), false)
        }
        Some(FaultKind::LoneSurrogate) => (whole(with_lone_surrogate(page.body())), true),
        Some(FaultKind::Gzip { how }) => (in_gzip(&page.body(), how), how == GzipHow::Members),
        Some(FaultKind::Text { how }) => (in_text(&page.body(), how), how == TextHow::Bom),
        Some(FaultKind::Field { name, value }) => {
            (whole(page.with_field(&name, value.as_deref()).body()), true)
        }
        Some(FaultKind::Headers { headers }) => {
            let mut response = whole(page.body());
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                    response.headers_mut().insert(name, value);
                }
            }
            (response, true)
        }
        _ => (whole(page.body()), true),
    }
}

fn whole(body: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

fn torn(body: Vec<u8>, at: Option<usize>, how: TornHow) -> Response {
    let full_length = body.len();
    let at = at.unwrap_or(full_length / 2).min(full_length.saturating_sub(1));
    let part = Bytes::from(body).slice(..at);
    if how == TornHow::Short {
        return exact(Body::from(part));
    }
    let broken: Result<Bytes, io::Error> = Err(io::ErrorKind::ConnectionAborted.into());
    let pieces = stream::iter([Ok(part)]).chain(stream::once(async move {
        // Lets the part leave before the connection goes.
        tokio::time::sleep(Duration::from_millis(20)).await;
        broken
    }));
    let mut response = exact(Body::from_stream(pieces));
    if how == TornHow::Close {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(full_length));
    }
    response
}

fn stalled(body: Vec<u8>, ms: u64) -> Response {
    let length = body.len();
    let mut rest = Bytes::from(body);
    let part = rest.split_to(length / 2);
    let pieces = stream::iter([Ok::<_, Infallible>(part)]).chain(stream::once(async move {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        Ok(rest)
    }));
    let mut response = exact(Body::from_stream(pieces));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}

fn in_gzip(body: &[u8], how: GzipHow) -> Response {
    let mut wire = match how {
        GzipHow::Plain => body.to_vec(),
        GzipHow::Double => gzip(&gzip(body)),
        GzipHow::Members => {
            let (one, two) = body.split_at(body.len() / 2);
            [gzip(one), gzip(two)].concat()
        }
        GzipHow::Truncated | GzipHow::BadSum | GzipHow::Trailing => gzip(body),
    };
    match how {
        GzipHow::Truncated => wire.truncate(wire.len() / 2),
        GzipHow::Trailing => wire.extend_from_slice(b"and so on"),
        GzipHow::BadSum => {
            // The last eight bytes are the checksum and the length.
            let at = wire.len().saturating_sub(8);
            wire[at] ^= 0xff;
        }
        GzipHow::Plain | GzipHow::Double | GzipHow::Members => {}
    }
    let mut response = exact(Body::from(wire));
    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    drop(encoder.write_all(plain));
    encoder.finish().unwrap_or_default()
}

fn in_text(body: &[u8], how: TextHow) -> Response {
    match how {
        TextHow::Bom => whole(["\u{feff}".as_bytes(), body].concat()),
        TextHow::Utf16 => {
            let text = String::from_utf8_lossy(body);
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            let body: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
            ([(CONTENT_TYPE, "application/json; charset=utf-16")], body).into_response()
        }
    }
}

fn exact(body: Body) -> Response {
    let mut response = ([(CONTENT_TYPE, "application/json")], body).into_response();
    response.extensions_mut().insert(Uncompressed);
    response
}

/// Puts half an emoji at the end of the first string value after `data` that is longer than an id is likely to be
/// looked at: one that holds a space.
fn with_lone_surrogate(body: Vec<u8>) -> Vec<u8> {
    const HALF: &[u8] = br"\ud83d";
    let mut in_string = false;
    let mut escaped = false;
    let mut start = 0;
    let data_at = body.windows(6).position(|window| window == b"\"data\"").unwrap_or(0);
    for (position, &byte) in body.iter().enumerate().skip(data_at) {
        if !in_string {
            in_string = byte == b'"';
            start = position;
            continue;
        }
        if escaped {
            escaped = false;
        } else if byte == b'\\' {
            escaped = true;
        } else if byte == b'"' {
            in_string = false;
            let is_value = body.get(position + 1) != Some(&b':');
            if is_value && body[start..position].contains(&b' ') {
                return [&body[..position], HALF, &body[position..]].concat();
            }
        }
    }
    body
}
