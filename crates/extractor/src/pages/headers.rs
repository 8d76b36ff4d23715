//! The headers of an answer that are kept.

use std::collections::BTreeMap;

use http::HeaderMap;

use crate::pace::RATE_LIMIT_PREFIXES;
use crate::transport::Credential;

/// Headers that may be kept, beside those of rate limits; nothing else an answer's head holds is.
const KEPT_HEADERS: [&str; 10] = [
    "age",
    "content-type",
    "date",
    "deprecation",
    "etag",
    "last-modified",
    "retry-after",
    "sunset",
    "x-request-id",
    "ratelimit",
];

/// The headers that may be kept, by name in lower case; values without the key.
pub(super) fn kept_headers(headers: &HeaderMap, credential: &Credential) -> BTreeMap<String, String> {
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let name = name.as_str();
        if !KEPT_HEADERS.contains(&name) && !RATE_LIMIT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        {
            continue;
        }
        let value = credential.redact(&String::from_utf8_lossy(value.as_bytes()));
        kept.entry(name.to_owned())
            .and_modify(|values| {
                values.push_str(", ");
                values.push_str(&value);
            })
            .or_insert(value);
    }
    kept
}
