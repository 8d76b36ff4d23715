//! A pull reader over JSON text (RFC 8259, strict): the caller decides at each value whether to enter it or to
//! step over it. Stepping over never recurses, so depth costs memory proportional to the page and no stack.

/// Where and why a text is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// What was expected.
    pub(crate) expected: &'static str,
    /// The byte it was expected at.
    pub(crate) offset: usize,
}

/// The text is no JSON; [`Reader::error`] says why. As small as can be, as it is looked at after every step.
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
    pub(crate) fn plain_bytes(self) -> Option<&'a [u8]> {
        let bytes = self.text.as_bytes();
        if self.is_plain { bytes.get(1..bytes.len() - 1) } else { None }
    }
}

pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Whether the last string stepped over has an escape.
    is_escaped: bool,
    /// One entry per container entered by [`Reader::skip`]: true for objects.
    open: Vec<bool>,
    /// The deepest nesting [`Reader::skip`] met since this was last reset.
    pub(crate) deepest: usize,
    /// Why the last step failed.
    pub(crate) error: SyntaxError,
}

type Read<T> = Result<T, Failed>;

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let error = SyntaxError { expected: "", offset: 0 };
        Self { text, at: 0, is_escaped: false, open: Vec::new(), deepest: 0, error }
    }

    /// The offset of the next byte.
    pub(crate) fn offset(&self) -> usize {
        self.at
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

    #[inline]
    fn byte(&self) -> u8 {
        // 0 stands for the end; as a character of JSON it is wrong everywhere, so the two need no telling apart.
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    #[cold]
    fn fail<T>(&mut self, expected: &'static str) -> Read<T> {
        self.error = SyntaxError { expected, offset: self.at };
        Err(Failed)
    }

    #[inline]
    fn white(&mut self) {
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
    fn expect(&mut self, byte: u8, expected: &'static str) -> Read<()> {
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

    /// Steps to the next member's key.
    #[inline]
    pub(crate) fn seek_key(&mut self) {
        self.white();
    }

    /// What has not been read yet.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Takes so many bytes that [`Reader::rest`] has shown.
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

    /// Steps over a value of any depth, checking it, and gives its text.
    pub(crate) fn skip(&mut self) -> Read<&'a str> {
        let kind = self.peek()?;
        let start = self.at;
        self.skip_kind(kind)?;
        Ok(self.since(start))
    }

    /// Steps over a value, and says what it is and where it began.
    #[inline(always)]
    pub(crate) fn step(&mut self) -> Read<(Kind, usize)> {
        self.white();
        let start = self.at;
        if self.byte() == b'"' {
            self.string()?;
            return Ok((Kind::String, start));
        }
        let kind = self.peek()?;
        self.skip_kind(kind)?;
        Ok((kind, start))
    }

    /// Steps over a value of the kind that [`Reader::peek`] saw.
    #[inline]
    pub(crate) fn skip_kind(&mut self, kind: Kind) -> Read<()> {
        match kind {
            Kind::String => self.string(),
            Kind::Number => self.number(),
            Kind::Literal => self.literal(),
            Kind::Object | Kind::Array => self.container(),
        }
    }

    fn container(&mut self) -> Read<()> {
        self.open.clear();
        loop {
            // Here a value begins.
            let has_more = match self.peek()? {
                Kind::Object => {
                    self.open.push(true);
                    self.enter_object()
                }
                Kind::Array => {
                    self.open.push(false);
                    self.enter_array()
                }
                scalar => {
                    match scalar {
                        Kind::String => self.string()?,
                        Kind::Number => self.number()?,
                        _ => self.literal()?,
                    }
                    if self.leave()? {
                        return Ok(());
                    }
                    continue;
                }
            };
            self.deepest = self.deepest.max(self.open.len());
            if has_more {
                if self.open.last() == Some(&true) {
                    self.key()?;
                }
            } else {
                self.open.pop();
                if self.open.is_empty() || self.leave()? {
                    return Ok(());
                }
            }
        }
    }

    /// After a value inside [`Reader::container`]: leaves all containers that end here; true once none is open.
    fn leave(&mut self) -> Read<bool> {
        while let Some(&is_object) = self.open.last() {
            if is_object {
                if self.next_member()? {
                    self.key()?;
                    return Ok(false);
                }
            } else if self.next_element()? {
                return Ok(false);
            }
            self.open.pop();
        }
        Ok(true)
    }

    fn literal(&mut self) -> Read<()> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        match [&b"true"[..], b"false", b"null"].into_iter().find(|word| rest.starts_with(word)) {
            Some(word) => {
                self.at += word.len();
                Ok(())
            }
            None => self.fail("`true`, `false` or `null`"),
        }
    }

    fn number(&mut self) -> Read<()> {
        if self.byte() == b'-' {
            self.at += 1;
        }
        match self.byte() {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => return self.fail("a digit"),
        }
        if self.byte() == b'.' {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.byte(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.byte(), b'+' | b'-') {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Ok(())
    }

    fn some_digits(&mut self) -> Read<()> {
        if !self.byte().is_ascii_digit() {
            return self.fail("a digit");
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        while self.byte().is_ascii_digit() {
            self.at += 1;
        }
    }

    /// Steps over a string, from its opening quote to behind its closing one.
    fn string(&mut self) -> Read<()> {
        let bytes = self.text.as_bytes();
        self.at += 1;
        self.is_escaped = false;
        loop {
            self.at = plain_until(bytes, self.at);
            match self.byte() {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => {
                    self.is_escaped = true;
                    self.at += 1;
                    match self.byte() {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
                        b'u' => {
                            let digits = bytes.get(self.at + 1..self.at + 5);
                            if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                                return self.fail("four hexadecimal digits");
                            }
                            self.at += 5;
                        }
                        _ => return self.fail("an escape"),
                    }
                }
                _ => return self.fail("the end of a string, and no control character in it"),
            }
        }
    }
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHS: u64 = ONES << 7;

/// The first place at or after `at` that is a quote, a backslash, a control character or the end; eight bytes at a
/// step (see "Determine if a word has a byte less than n" in Anderson's Bit Twiddling Hacks: the lowest mark of
/// each test is exact).
#[inline]
fn plain_until(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let marks = zero(word ^ (ONES * 0x22)) | zero(word ^ (ONES * 0x5c)) | control;
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn accepts(text: &str) -> bool {
        let mut reader = Reader::new(text);
        reader.skip().is_ok() && reader.end().is_ok()
    }

    /// As serde_json, but for depth: it stops at 128 unless told otherwise.
    fn is_json(text: &str) -> bool {
        serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
    }

    #[test]
    fn accepts_what_is_json_and_nothing_else() {
        let texts = r#"{} [] {"a":1} [1,2] [1,] {"a":} {"a" 1} {,} [ ] "x" "\u12" "\u1234" "\x" 01 -0 - 1. 1.5e 1e9 1E+9
            .5 tru true nullx null {"a":[{"b":{}}]} [[[[]]]] [[[]]]] [[[[]]] {"a":1,} +1 NaN "" "#;
        for text in texts.split_whitespace().chain(["\"a\tb\"", "\"a", "{\"a\":1 \"b\":2}", " [ 1 , 2 ] "]) {
            assert_eq!(accepts(text), is_json(text), "{text}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let text = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        let mut reader = Reader::new(&text);
        assert!(reader.skip().is_ok());
        assert_eq!(reader.deepest, 1_000_000);
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(text in r#"[\[\]{}:,"0-9a\\u \-.eE\n]{0,24}"#, any in any::<String>()) {
            prop_assert_eq!(accepts(&text), is_json(&text));
            prop_assert_eq!(accepts(&any), is_json(&any));
            let quoted = serde_json::to_string(&any).unwrap();
            prop_assert!(accepts(&quoted));
        }
    }
}
