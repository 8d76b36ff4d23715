//! How it shows that pages go round in circles.

use std::fmt;

/// How it shows that pages go round in circles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoopSign {
    /// The cursor or link to the next page was followed before.
    SameNext,
    /// The page holds the records of an earlier one.
    SamePage {
        /// The earlier page, from 1.
        earlier: u32,
    },
    /// Empty pages follow each other, each with a way on.
    EmptyPages {
        /// How many.
        count: u32,
    },
    /// The chain has more pages than `max_pages` allows.
    TooManyPages {
        /// The limit.
        max: u32,
    },
}

impl LoopSign {
    /// True where something came before, and not just too much of something.
    pub(crate) fn is_repeat(&self) -> bool {
        matches!(self, Self::SameNext | Self::SamePage { .. })
    }
}

impl fmt::Display for LoopSign {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameNext => out.write_str("the cursor or link to the next page was followed before"),
            Self::SamePage { earlier } => write!(out, "the page holds the same records as page {earlier}"),
            Self::EmptyPages { count } => write!(out, "{count} empty pages in a row, each leading on"),
            Self::TooManyPages { max } => write!(out, "more than {max} pages (max_pages)"),
        }
    }
}
