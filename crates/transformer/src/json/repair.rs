//! Bytes that are almost JSON text: invalid UTF-8 and lone surrogates become U+FFFD, and are counted.
//!
//! JavaScript's `substring` cuts an emoji in half and `JSON.stringify` then writes `\ud83d` alone: a document that
//! strict readers reject whole. A page is worth more than half an emoji.

use std::borrow::Cow;

/// A page's text, fit for the reader.
#[derive(Debug, PartialEq, Eq)]
pub struct Repaired<'a> {
    /// The text; borrowed where nothing had to be mended.
    pub text: Cow<'a, str>,
    /// How many places were mended.
    pub replaced: u32,
}

/// The page as it came, where something was mended and its text has the same length repaired: all that was mended are halves of surrogate pairs, each by an
/// escape of the same length.
pub(crate) fn original<'a>(bytes: &'a [u8], repaired: &Repaired<'_>) -> Option<&'a str> {
    if repaired.replaced == 0 {
        return None;
    }
    let text = std::str::from_utf8(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes));
    text.ok().filter(|text| text.len() == repaired.text.len())
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Makes `bytes` valid UTF-8 whose `\u` escapes hold no lone surrogate. A byte order mark is dropped.
pub fn repair(bytes: &[u8]) -> Repaired<'_> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let (text, replaced) = match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), 0),
        Err(_) => {
            let text = String::from_utf8_lossy(bytes);
            let before = bytes.windows(3).filter(|window| *window == "\u{fffd}".as_bytes()).count();
            let after = text.matches('\u{fffd}').count();
            (text, count(after.saturating_sub(before)))
        }
    };
    match lone_surrogates(&text) {
        places if places.is_empty() => Repaired { text, replaced },
        places => {
            let mut mended = String::with_capacity(text.len());
            let mut from = 0;
            for place in &places {
                mended.push_str(text.get(from..*place).unwrap_or_default());
                mended.push_str("\\ufffd");
                from = place + ESCAPE;
            }
            mended.push_str(text.get(from..).unwrap_or_default());
            Repaired { text: Cow::Owned(mended), replaced: replaced + count(places.len()) }
        }
    }
}

/// The length of `\uXXXX`.
const ESCAPE: usize = 6;

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Where `\uXXXX` escapes stand that are half of a pair.
fn lone_surrogates(text: &str) -> Vec<usize> {
    /// As many bytes as are looked at in one step.
    const BLOCK: usize = 64;
    let mut halves = Halves { bytes: text.as_bytes(), next: 0, lone: Vec::new() };
    let mut at = 0;
    while let Some(block) = halves.bytes.get(at..).and_then(|rest| rest.first_chunk::<{ BLOCK + 2 }>()) {
        // Without branches, so that it is compiled to vector instructions. Nearly no block has such bytes.
        let mut has_any = 0;
        for (first, third) in block[..BLOCK].iter().zip(&block[2..]) {
            has_any |= u8::from(*first == b'\\') & u8::from(*third | 0x20 == b'd');
        }
        if has_any != 0 {
            halves.look(at..at + BLOCK);
        }
        at += BLOCK;
    }
    halves.look(at..halves.bytes.len());
    halves.lone
}

/// The halves of surrogate pairs in a text, as far as it was looked through.
struct Halves<'a> {
    bytes: &'a [u8],
    /// Behind the last pair.
    next: usize,
    lone: Vec<usize>,
}

impl Halves<'_> {
    /// Looks at the escapes that begin in these bytes.
    fn look(&mut self, range: std::ops::Range<usize>) {
        let bytes = self.bytes;
        for at in range {
            if bytes[at] != b'\\' || at < self.next {
                continue;
            }
            match surrogate(bytes, at).filter(|_| !is_escaped(bytes, at)) {
                Some(Half::High) if matches!(surrogate(bytes, at + ESCAPE), Some(Half::Low)) => {
                    self.next = at + 2 * ESCAPE
                }
                Some(_) => self.lone.push(at),
                None => {}
            }
        }
    }
}

enum Half {
    High,
    Low,
}

/// True where the backslash at `at` is itself escaped: an odd number of backslashes stands before it.
fn is_escaped(bytes: &[u8], at: usize) -> bool {
    bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

fn surrogate(bytes: &[u8], at: usize) -> Option<Half> {
    let escape = bytes.get(at..at + ESCAPE)?;
    let digits = escape.strip_prefix(br"\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) || !digits[0].eq_ignore_ascii_case(&b'd') {
        return None;
    }
    match digits[1].to_ascii_lowercase() {
        b'8' | b'9' | b'a' | b'b' => Some(Half::High),
        b'c'..=b'f' => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(input: &[u8], expected: &str, replaced: u32) {
        assert_eq!(repair(input), Repaired { text: expected.into(), replaced });
    }

    #[test]
    fn halves_of_pairs_are_replaced_and_whole_ones_kept() {
        check(br#""\ud83d\ude00""#, r#""\ud83d\ude00""#, 0);
        check(br#""\ud83d""#, r#""\ufffd""#, 1);
        check(br#""\ude00\ud83d x""#, r#""\ufffd\ufffd x""#, 2);
        check(br#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#, 1);
        check(br#""\\ud83d""#, r#""\\ud83d""#, 0);
        check(br#""\\\uD83D""#, r#""\\\ufffd""#, 1);
        check(b"\xef\xbb\xbf{}", "{}", 0);
        check(b"\"\xff\"", "\"\u{fffd}\"", 1);
        check("\"\u{fffd}\"".as_bytes(), "\"\u{fffd}\"", 0);
    }

    /// Looks at each place of a text.
    fn lone_by_place(text: &str) -> Vec<usize> {
        let mut halves = Halves { bytes: text.as_bytes(), next: 0, lone: Vec::new() };
        halves.look(0..text.len());
        halves.lone
    }

    proptest! {
        #[test]
        fn halves_of_pairs_are_found_wherever_they_stand(
            pieces in proptest::collection::vec(r#"\\u[dD][89abcdef][0-9]{2}|\\[ud]|\\|[dD]{1,70}|é"#, 0..40),
        ) {
            let text = pieces.concat();
            prop_assert_eq!(lone_surrogates(&text), lone_by_place(&text));
        }

        #[test]
        fn what_was_repaired_needs_no_more_repair(bytes in proptest::collection::vec(any::<u8>(), 0..64),
                                                  text in r#"(\\u[dD][89abcdef][0-9]{2}|\\|x)*"#) {
            for input in [bytes.as_slice(), text.as_bytes()] {
                let once = repair(input).text.into_owned();
                prop_assert_eq!(repair(once.as_bytes()).replaced, 0);
            }
        }
    }
}
