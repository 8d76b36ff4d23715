//! The headers of an answer that are kept.

use std::collections::BTreeMap;

use http::HeaderMap;

use crate::transport::Credential;

/// Headers that may be kept; nothing else an answer's head holds is.
const KEPT_HEADERS: [&str; 9] = [
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
/// And those whose names begin so.
const KEPT_HEADER_PREFIXES: [&str; 2] = ["x-ratelimit-", "ratelimit-"];

/// The headers that may be kept, by name in lower case; values without the key.
pub(super) fn kept_headers(headers: &HeaderMap, credential: &Credential) -> BTreeMap<String, String> {
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let name = name.as_str();
        if !KEPT_HEADERS.contains(&name)
            && !KEPT_HEADER_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
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
