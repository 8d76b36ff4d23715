//! What was taken from a page.

use serde::{Deserialize, Deserializer};

/// Counts, so that readers can be compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) records: usize,
    pub(crate) messages: usize,
    /// Bytes of ids and types, as JSON writes them.
    pub(crate) text_bytes: usize,
    /// Bytes of payloads and times, as JSON writes them.
    pub(crate) raw_bytes: usize,
}

impl Taken {
    pub(crate) fn text(&mut self, raw: &str) {
        self.text_bytes += std::hint::black_box(raw).len();
    }

    pub(crate) fn raw(&mut self, raw: &str) {
        self.raw_bytes += std::hint::black_box(raw).len();
    }

    /// A text of which only the content is known; `None` for null.
    pub(crate) fn quoted(&mut self, content: Option<&str>) {
        self.text_bytes += std::hint::black_box(content).map_or("null".len(), |content| content.len() + 2);
    }
}

/// A member that stands in the page, null or not: as an option, serde takes null for absent, and other readers do not.
pub(crate) fn there<'de, D: Deserializer<'de>, R: Deserialize<'de>>(from: D) -> Result<Option<R>, D::Error> {
    R::deserialize(from).map(Some)
}
