use std::fmt;

/// An end of a slice that is one by the source's rules, and yet worth a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OddEnd {
    /// The last page is as full as a page can be, and names no next one.
    Full,
    /// The last page is empty, though the one before was full.
    EmptyAfterFull,
}

impl fmt::Display for OddEnd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Full => "its last page is full, and names no next one",
            Self::EmptyAfterFull => "its last page is empty, though the one before was full",
        })
    }
}
