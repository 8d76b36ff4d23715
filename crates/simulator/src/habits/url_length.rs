//! A longest URL.

use serde::{Deserialize, Serialize};

use super::refused::Refused;

/// Requests whose path and query are longer than `bytes` are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlLength {
    /// The most bytes of path and query, as they were sent.
    pub bytes: usize,
    /// The status of a refusal.
    #[serde(default = "uri_too_long")]
    pub status: u16,
}

fn uri_too_long() -> u16 {
    414
}

impl UrlLength {
    pub(super) fn check(self, bytes: usize) -> Result<(), Refused> {
        match bytes > self.bytes {
            true => Err(Refused::new("url_length", self.status, "URI Too Long")),
            false => Ok(()),
        }
    }
}
