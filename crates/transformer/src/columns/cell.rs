//! The value of one column in one row.

use crate::json::list;

/// The value of one column in one row, borrowed from the page where it can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(&'a str),
    Integer(i64),
    Double(f64),
    Bool(bool),
    /// Microseconds since 1970-01-01 UTC.
    Instant(i64),
    /// Days since 1970-01-01.
    Day(i32),
    /// A list as it stands in JSON.
    List(&'a str),
}

impl Cell<'_> {
    /// The memory of its texts; a list's elements take some also where they are empty.
    pub(crate) fn text_bytes(&self) -> usize {
        const ELEMENT: usize = size_of::<i32>();
        match self {
            Self::Text(text) => text.len(),
            Self::List(raw) => {
                list::elements(raw).map(|text| ELEMENT + text.map_or(0, |text| text.len())).sum()
            }
            _ => 0,
        }
    }
}
