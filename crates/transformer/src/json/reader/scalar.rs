//! Strings, numbers and literals are stepped over and checked.

use super::pull::{Read, Reader};

impl Reader<'_> {
    /// Steps over a string, from its opening quote to behind its closing one.
    pub(super) fn string(&mut self) -> Read<()> {
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

    pub(super) fn literal(&mut self) -> Read<()> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        match [&b"true"[..], b"false", b"null"].into_iter().find(|word| rest.starts_with(word)) {
            Some(word) => {
                self.at += word.len();
                Ok(())
            }
            None => self.fail("`true`, `false` or `null`"),
        }
    }

    pub(super) fn number(&mut self) -> Read<()> {
        /// No number with fewer digits is beyond a double, if it has no exponent.
        const DIGITS: usize = 309;
        let start = self.at;
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
            self.has_wide_number = true;
        }
        self.has_wide_number |= self.at - start >= DIGITS;
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
