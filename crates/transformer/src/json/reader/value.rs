//! What the reader says of a value, and of a text that holds none.

/// Where and why a text is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// What was expected.
    pub(crate) expected: &'static str,
    /// The byte it was expected at.
    pub(crate) offset: usize,
}

/// The text is no JSON; [`Reader::error`](super::Reader::error) says why. As small as can be, as it is looked at after every step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed;

/// What kind of value comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    Literal,
}

/// The text of a value as it stands in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Raw<'a> {
    pub(crate) text: &'a str,
    /// True for a string without escapes: its content is what stands between its quotes.
    pub(crate) is_plain: bool,
}

impl<'a> Raw<'a> {
    /// The content of a string without escapes.
    #[inline]
    pub(crate) fn plain(self) -> Option<&'a str> {
        if self.is_plain { self.text.get(1..self.text.len() - 1) } else { None }
    }

    /// The bytes of [`Raw::plain`].
    #[inline(always)]
    pub(crate) fn plain_bytes(&self) -> Option<&'a [u8]> {
        let bytes = self.text.as_bytes();
        if self.is_plain { bytes.get(1..bytes.len() - 1) } else { None }
    }
}
