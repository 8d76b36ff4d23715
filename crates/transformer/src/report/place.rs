//! Where something was met.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Where something was met: a page and a record on it. Orders as pages were landed, and records on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    page: Arc<str>,
    record: u32,
}

impl Place {
    /// The `record`-th of a page, from 0; the page is named as `object#line`.
    pub fn new(page: &Arc<str>, record: u32) -> Self {
        Self { page: Arc::clone(page), record }
    }

    /// The record's index on its page, from 0.
    pub const fn record(&self) -> u32 {
        self.record
    }

    /// The name of the page.
    pub fn page_name(&self) -> &str {
        &self.page
    }

    /// The page's object, and its line as a number. A page that is no `object#line` orders by its text.
    fn page(&self) -> (&str, u32) {
        let parts = self.page.rsplit_once('#').and_then(|(object, line)| Some((object, line.parse().ok()?)));
        parts.unwrap_or((&self.page, 0))
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |place: &Self| (place.record, Arc::clone(&place.page));
        self.page().cmp(&other.page()).then_with(|| key(self).cmp(&key(other)))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} record {}", self.page, self.record)
    }
}
