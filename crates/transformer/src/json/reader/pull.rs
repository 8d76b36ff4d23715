//! The reader, and what is pulled from it: values, members, elements.

use super::value::{Failed, Kind, Raw, SyntaxError};

/// What a step of the reader gives.
pub(super) type Read<T> = Result<T, Failed>;

/// A position in a JSON text; each step checks what it passes and moves it forward.
pub(crate) struct Reader<'a> {
    pub(super) text: &'a str,
    /// The offset of the next byte.
    pub(super) at: usize,
    /// Whether the last string stepped over has an escape.
    pub(super) is_escaped: bool,
    /// One entry per container entered by [`Reader::skip`]: true for objects.
    pub(super) open: Vec<bool>,
    /// The deepest nesting [`Reader::skip`] met since this was last reset.
    pub(crate) deepest: usize,
    /// True where a number met since this was last reset may be beyond a double: it has an exponent, or very many digits.
    pub(crate) has_wide_number: bool,
    /// Why the last step failed.
    pub(crate) error: SyntaxError,
}

impl<'a> Reader<'a> {
    /// At the beginning of a text.
    pub(crate) fn new(text: &'a str) -> Self {
        let error = SyntaxError { expected: "", offset: 0 };
        Self { text, at: 0, is_escaped: false, open: Vec::new(), deepest: 0, has_wide_number: false, error }
    }

    /// Another reader of the same text, at this offset.
    pub(crate) fn at(&self, offset: usize) -> Self {
        Self { at: offset, ..Self::new(self.text) }
    }

    /// True where the object or array that [`Reader::peek`] saw is empty.
    pub(crate) fn is_at_empty(&self) -> bool {
        let inside = self.rest().get(1..).unwrap_or_default();
        inside.trim_ascii_start().first().is_some_and(|byte| matches!(byte, b'}' | b']'))
    }

    /// The offset of the next byte.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// The text from `start` to here.
    pub(crate) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The value of this kind that begins at `start` and has just been read.
    #[inline]
    pub(crate) fn raw(&self, kind: Kind, start: usize) -> Raw<'a> {
        Raw { text: self.since(start), is_plain: kind == Kind::String && !self.is_escaped }
    }

    /// The next byte, 0 at the end.
    #[inline]
    pub(super) fn byte(&self) -> u8 {
        // 0 stands for the end; as a character of JSON it is wrong everywhere, so the two need no telling apart.
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    #[cold]
    pub(super) fn fail<T>(&mut self, expected: &'static str) -> Read<T> {
        self.error = SyntaxError { expected, offset: self.at };
        Err(Failed)
    }

    /// Steps over white space.
    #[inline]
    pub(super) fn white(&mut self) {
        // Nearly always there is none.
        if self.byte() <= b' ' {
            self.some_white();
        }
    }

    #[cold]
    fn some_white(&mut self) {
        while matches!(self.byte(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    #[inline]
    pub(super) fn expect(&mut self, byte: u8, expected: &'static str) -> Read<()> {
        if self.byte() != byte {
            return self.fail(expected);
        }
        self.at += 1;
        Ok(())
    }

    /// Steps to the next value and says what it is.
    #[inline]
    pub(crate) fn peek(&mut self) -> Read<Kind> {
        self.white();
        match self.byte() {
            b'{' => Ok(Kind::Object),
            b'[' => Ok(Kind::Array),
            b'"' => Ok(Kind::String),
            b'-' | b'0'..=b'9' => Ok(Kind::Number),
            b't' | b'f' | b'n' => Ok(Kind::Literal),
            _ => self.fail("a value"),
        }
    }

    /// Enters the object that [`Reader::peek`] saw; true if it has a member.
    #[inline]
    pub(crate) fn enter_object(&mut self) -> bool {
        self.enter(b'}')
    }

    /// Enters the array that [`Reader::peek`] saw; true if it has an element.
    #[inline]
    pub(crate) fn enter_array(&mut self) -> bool {
        self.enter(b']')
    }

    #[inline]
    fn enter(&mut self, close: u8) -> bool {
        self.at += 1;
        self.white();
        let has_any = self.byte() != close;
        if !has_any {
            self.at += 1;
        }
        has_any
    }

    /// The raw text of the member's key, without its quotes; the reader stands before the value.
    #[inline(always)]
    pub(crate) fn key(&mut self) -> Read<&'a str> {
        self.white();
        if self.byte() != b'"' {
            return self.fail("a key in quotes");
        }
        let start = self.at;
        self.string()?;
        let key = self.text.get(start + 1..self.at - 1).unwrap_or_default();
        self.white();
        self.expect(b':', "`:`")?;
        Ok(key)
    }

    /// True where the key that [`Reader::key`] has just read has an escape, or white space between it and its colon.
    #[inline]
    pub(crate) fn is_key_odd(&self) -> bool {
        self.is_escaped || !self.text.as_bytes()[..self.at].ends_with(b"\":")
    }

    /// [`Reader::key`] with its quotes.
    pub(crate) fn quoted_key(&mut self) -> Read<&'a str> {
        self.white();
        let start = self.at;
        let key = self.key()?;
        Ok(self.text.get(start..start + key.len() + 2).unwrap_or_default())
    }

    /// Steps to the next member's key.
    #[inline]
    pub(crate) fn seek_key(&mut self) {
        self.white();
    }

    /// The text that has not been read yet.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Steps over the first `n` bytes of [`Reader::rest`].
    #[inline]
    pub(crate) fn take(&mut self, n: usize) {
        self.at += n;
    }

    /// After a member: true if another follows, else the object is left.
    #[inline]
    pub(crate) fn next_member(&mut self) -> Read<bool> {
        self.next(b'}', "`,` or `}`")
    }

    /// After an element: true if another follows, else the array is left.
    #[inline]
    pub(crate) fn next_element(&mut self) -> Read<bool> {
        self.next(b']', "`,` or `]`")
    }

    #[inline]
    fn next(&mut self, close: u8, expected: &'static str) -> Read<bool> {
        if self.byte() == b',' {
            self.at += 1;
            return Ok(true);
        }
        self.white();
        match self.byte() {
            b',' => {
                self.at += 1;
                Ok(true)
            }
            byte if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ => self.fail(expected),
        }
    }

    /// Nothing but white space may follow.
    pub(crate) fn end(&mut self) -> Read<()> {
        self.white();
        if self.at == self.text.len() { Ok(()) } else { self.fail("the end of the text") }
    }
}
