//! JSON strings become texts.

use std::borrow::Cow;

use memchr::memchr;

use super::reader::Raw;

/// The content of a JSON string (given with its quotes); `None` for any other value. Borrowed unless escaped.
pub(crate) fn string(raw: &str) -> Option<Cow<'_, str>> {
    content(raw).map(unescape)
}

/// What stands between the quotes of a string; `None` for any other value.
#[inline]
fn content(raw: &str) -> Option<&str> {
    raw.strip_prefix('"')?.strip_suffix('"')
}

/// [`string`] of a value that was read: a plain one is known to have no escape.
#[inline]
pub(crate) fn text(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    raw.plain().map(Cow::Borrowed).or_else(|| string(raw.text))
}

/// Makes `out` what [`string`] gives; false for any other value.
pub(crate) fn unescape_string(raw: &str, out: &mut String) -> bool {
    let content = content(raw);
    if let Some(content) = content {
        out.clear();
        unescape_into(content, memchr(b'\\', content.as_bytes()), out);
    }
    content.is_some()
}

/// Writes what [`text`] gives behind `out`; false for any other value.
pub(crate) fn push_text(raw: Raw<'_>, out: &mut String) -> bool {
    if let Some(text) = raw.plain() {
        out.push_str(text);
        return true;
    }
    let content = content(raw.text);
    if let Some(content) = content {
        unescape_into(content, memchr(b'\\', content.as_bytes()), out);
    }
    content.is_some()
}

/// A string's content with its escapes resolved. The reader has checked them, and no surrogate stands alone.
pub(crate) fn unescape(content: &str) -> Cow<'_, str> {
    let Some(first) = memchr(b'\\', content.as_bytes()) else {
        return Cow::Borrowed(content);
    };
    let mut text = String::with_capacity(content.len());
    unescape_into(content, Some(first), &mut text);
    Cow::Owned(text)
}

/// [`unescape`] of a content whose first escape stands at `next`.
fn unescape_into(content: &str, mut next: Option<usize>, text: &mut String) {
    let mut rest = content;
    while let Some(at) = next {
        text.push_str(rest.get(..at).unwrap_or_default());
        let escape = rest.as_bytes().get(at + 1).copied().unwrap_or(b'\\');
        let mut length = 2;
        match escape {
            b'u' => {
                let (char, taken) = unicode(rest.get(at..).unwrap_or_default());
                text.push(char);
                length = taken;
            }
            b'b' => text.push('\u{8}'),
            b'f' => text.push('\u{c}'),
            b'n' => text.push('\n'),
            b'r' => text.push('\r'),
            b't' => text.push('\t'),
            other => text.push(char::from(other)),
        }
        rest = rest.get(at + length..).unwrap_or_default();
        // Escapes come in runs, as of a script that is written by them.
        next = if rest.starts_with('\\') { Some(0) } else { memchr(b'\\', rest.as_bytes()) };
    }
    text.push_str(rest);
}

/// The character of the `\uXXXX` (or pair of them) that `text` begins with, and how many bytes it took.
fn unicode(text: &str) -> (char, usize) {
    let unit = |from: usize| {
        let digits = text.as_bytes().get(from + 2..from + 6)?;
        digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
    };
    let first = unit(0).unwrap_or(0xfffd);
    if (0xd800..0xdc00).contains(&first)
        && let Some(second @ 0xdc00..0xe000) = unit(6)
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn strings_come_out_as_serde_json_reads_them(text in any::<String>()) {
            let raw = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(string(&raw).unwrap(), text.as_str());
            for is_plain in [false, !raw.contains('\\')] {
                let mut written = "before ".to_owned();
                let value = Raw { text: &raw, is_plain };
                prop_assert!(push_text(value, &mut written));
                prop_assert_eq!(written.strip_prefix("before "), Some(text.as_str()));
            }
            let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            prop_assert_eq!(unescape(&escaped), text.as_str());
        }
    }
}
