//! What a slice's next request asks for.

use url::Url;

use super::PaginationFault;

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// One more page.
    Ask(PageRef),
    /// Nothing: the slice is at its end.
    End,
    /// Nothing: there is no way on, nor an end.
    Fault(PaginationFault),
}

/// How a request names the page it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PageRef {
    First,
    Number(u32),
    Cursor(String),
    Link(Url),
}
