//! Strings, numbers and literals are stepped over and checked.

use super::pull::{Read, Reader};

impl Reader<'_> {
    /// Steps over a string, from its opening quote to behind its closing one.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Read<()> {
        let mut from = self.at + 1;
        self.is_escaped = false;
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        // Most are short and have no escape: their end stands in the first two words, which are looked at without a branch.
        if let Some(words) = rest.as_chunks::<WORD>().0.first_chunk::<2>() {
            let [first, second] = words;
            let (first, second) = (marks(*first), marks(*second));
            let end = if first != 0 { first_mark(first) } else { WORD + first_mark(second) };
            from += end;
            if words.as_flattened().get(end) == Some(&b'"') {
                self.at = from + 1;
                return Ok(());
            }
        }
        self.rest_of_string(from)
    }

    /// [`Reader::string`] from this place of its content on.
    #[inline(never)]
    fn rest_of_string(&mut self, from: usize) -> Read<()> {
        let bytes = self.text.as_bytes();
        self.at = from;
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

/// How many bytes are looked at in one step.
const WORD: usize = 8;
const ONES: u64 = u64::from_le_bytes([1; WORD]);
const HIGHS: u64 = ONES << 7;

/// The highest bit of each byte of a word that no string holds as it is: a quote, a backslash or a control character. The lowest of
/// them is exact, those above may be of other bytes (see "Determine if a word has a byte less than n" in Anderson's Bit Twiddling
/// Hacks).
#[inline(always)]
fn marks(word: [u8; WORD]) -> u64 {
    let word = u64::from_le_bytes(word);
    // With its second bit turned, a quote comes right behind the control characters, which stay among themselves.
    let control_or_quote = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let backslash = (word ^ (ONES * 0x5c)).wrapping_sub(ONES);
    (control_or_quote | backslash) & !word & HIGHS
}

/// The index of the first byte that is marked; the length of the word where none is.
#[inline(always)]
fn first_mark(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

/// The first place at or after `at` that is a quote, a backslash, a control character or the end.
#[inline]
fn plain_until(bytes: &[u8], mut at: usize) -> usize {
    for word in bytes.get(at..).unwrap_or_default().as_chunks::<WORD>().0 {
        let marks = marks(*word);
        if marks != 0 {
            return at + first_mark(marks);
        }
        at += WORD;
    }
    while bytes.get(at).is_some_and(|byte| !is_mark(*byte)) {
        at += 1;
    }
    at
}

fn is_mark(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn marks_are_found_in_any_bytes(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), 0x1e..0x24_u8], 0..40),
            at in 0..40_usize,
        ) {
            let expected = (at..bytes.len()).find(|at| is_mark(bytes[*at])).unwrap_or(bytes.len().max(at));
            prop_assert_eq!(plain_until(&bytes, at), expected);
        }

        #[test]
        fn strings_of_any_length_end_at_their_quote(
            content in r#"([a-zé ]|\\[n"]){0,40}"#,
            after in r#"[a-z"\\]{0,20}"#,
        ) {
            let text = format!("\"{content}\"{after}");
            let mut reader = Reader::new(&text);
            prop_assert!(reader.string().is_ok());
            prop_assert_eq!(reader.at, content.len() + 2);
            prop_assert_eq!(reader.is_escaped, content.contains('\\'));
        }
    }
}
