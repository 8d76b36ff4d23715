//! The text of a JSON scalar becomes a value, and says whether the value gives the text back.

use std::borrow::Cow;

use memchr::memchr;

use crate::json::reader::Raw;

/// The content of a JSON string (given with its quotes); `None` for any other value. Borrowed unless escaped.
pub(crate) fn string(raw: &str) -> Option<Cow<'_, str>> {
    let content = raw.strip_prefix('"')?.strip_suffix('"')?;
    Some(unescape(content))
}

/// [`string`] of a value the reader has told about: the content of a plain one is not looked through again.
#[inline]
pub(crate) fn text(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    raw.plain().map(Cow::Borrowed).or_else(|| string(raw.text))
}

/// Makes `out` what [`string`] gives; false for any other value.
pub(crate) fn unescape_string(raw: &str, out: &mut String) -> bool {
    let content = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
    if let Some(content) = content {
        out.clear();
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
        next = memchr(b'\\', rest.as_bytes());
    }
    text.push_str(rest);
}

/// The character of the `\uXXXX` (or pair of them) that `text` begins with, and how many bytes it took.
fn unicode(text: &str) -> (char, usize) {
    let unit =
        |from: usize| text.get(from + 2..from + 6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let first = unit(0).unwrap_or(0xfffd);
    if let (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) = (first, unit(6)) {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

/// A JSON number as written: `significand * 10^exponent`, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    significand: i128,
    exponent: i32,
}

impl Decimal {
    /// Parses a JSON number; `None` for other text and for more digits than 38.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::parse_short(text).or_else(|| Self::parse_any(text))
    }

    /// A number as nearly all are written: neither sign nor exponent, and few digits.
    fn parse_short(text: &str) -> Option<Self> {
        /// So many digits fit any `i64`.
        const DIGITS: usize = 18;
        if text.len() > DIGITS || !text.as_bytes().first()?.is_ascii_digit() {
            return None;
        }
        let (mut significand, mut exponent, mut step) = (0_i64, 0, 0);
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' => {
                    significand = significand * 10 + i64::from(byte - b'0');
                    exponent -= step;
                }
                b'.' if step == 0 => step = 1,
                _ => return None,
            }
        }
        if step == 1 && exponent == 0 {
            return None;
        }
        while significand != 0 && significand % 10 == 0 {
            significand /= 10;
            exponent += 1;
        }
        let exponent = if significand == 0 { 0 } else { exponent };
        Some(Self { significand: significand.into(), exponent })
    }

    fn parse_any(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (text.get(..at)?, text.get(at + 1..)?.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || (digits.contains('.') && fraction.is_empty()) {
            return None;
        }
        let mut significand: i128 = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            let digit = byte.is_ascii_digit().then(|| i128::from(byte - b'0'))?;
            significand = significand.checked_mul(10)?.checked_add(digit)?;
        }
        let scale = i32::try_from(fraction.len()).ok()?;
        let sign = if negative { -1 } else { 1 };
        Some(Self { significand: sign * significand, exponent: exponent.checked_sub(scale)? }.reduced())
    }

    fn reduced(mut self) -> Self {
        if self.significand == 0 {
            return Self { significand: 0, exponent: 0 };
        }
        while self.significand % 10 == 0 {
            self.significand /= 10;
            self.exponent += 1;
        }
        self
    }

    /// The value times `10^power` as a whole number, and whether that is all of it (else it is rounded down).
    pub(crate) fn scaled(self, power: i32) -> Option<(i64, bool)> {
        let shift = self.exponent.checked_add(power)?;
        if let (Ok(significand), Some(factor)) = (i64::try_from(self.significand), power_of_ten(shift))
            && let Some(value) = significand.checked_mul(factor)
        {
            return Some((value, true));
        }
        let (value, exact) = match u32::try_from(shift) {
            Ok(up) => (self.significand.checked_mul(10_i128.checked_pow(up)?)?, true),
            Err(_) => {
                let down = shift.unsigned_abs();
                match 10_i128.checked_pow(down) {
                    Some(divisor) => {
                        (self.significand.div_euclid(divisor), self.significand.rem_euclid(divisor) == 0)
                    }
                    None => (if self.significand < 0 { -1 } else { 0 }, false),
                }
            }
        };
        Some((i64::try_from(value).ok()?, exact))
    }

    /// True where the number has no fraction.
    pub(crate) fn is_whole(self) -> bool {
        self.exponent >= 0
    }
}

/// The powers of ten that fit.
fn power_of_ten(exponent: i32) -> Option<i64> {
    const POWERS: [i64; 19] = {
        let (mut powers, mut at) = ([1; 19], 1);
        while at < powers.len() {
            powers[at] = powers[at - 1] * 10;
            at += 1;
        }
        powers
    };
    POWERS.get(usize::try_from(exponent).ok()?).copied()
}

/// A JSON number (or the text of one) as a whole number; `None` where it is none or does not fit.
pub(crate) fn integer(text: &str) -> Option<i64> {
    if let Ok(value) = text.parse::<i64>() {
        // `parse` also takes a leading `+`, which JSON does not.
        return (!text.starts_with('+')).then_some(value);
    }
    let decimal = Decimal::parse(text)?;
    decimal.is_whole().then(|| decimal.scaled(0)).flatten().map(|(value, _)| value)
}

/// True for the text of a JSON number, leading zeros allowed.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole.strip_prefix('-').unwrap_or(whole))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// A JSON number (or the text of one) as a double, and whether the double's shortest spelling has the same value.
pub(crate) fn double(text: &str) -> Option<(f64, bool)> {
    if !is_number(text) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    if !value.is_finite() {
        return None;
    }
    // Fifteen significant digits always survive the way through a double.
    if text.len() <= 15 && !text.contains(['e', 'E']) {
        return Some((value, true));
    }
    let exact =
        Decimal::parse(text).is_some_and(|decimal| Decimal::parse(&format!("{value:e}")) == Some(decimal));
    Some((value, exact))
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
            let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            prop_assert_eq!(unescape(&escaped), text.as_str());
        }

        #[test]
        fn whole_numbers_are_exact(value in any::<i64>()) {
            prop_assert_eq!(integer(&value.to_string()), Some(value));
            prop_assert_eq!(integer(&format!("{value}.00")), Some(value));
            prop_assert_eq!(integer(&format!("{value}.5")), None);
        }

        #[test]
        fn a_double_is_exact_or_says_so(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            let (read, exact) = double(&format!("{value:e}")).unwrap();
            prop_assert_eq!(read.to_bits(), value.to_bits());
            prop_assert!(exact);
        }

        #[test]
        fn short_numbers_are_read_as_any_are(text in "[0-9]{0,9}[.]?[0-9]{0,10}|[0-9.e-]{0,20}") {
            if let Some(short) = Decimal::parse_short(&text) {
                prop_assert_eq!(Some(short), Decimal::parse_any(&text));
            }
        }

        #[test]
        fn any_text_is_no_number_or_one(text in any::<String>()) {
            let _ = (integer(&text), double(&text), Decimal::parse(&text));
        }
    }

    #[test]
    fn numbers_at_the_edges() {
        assert_eq!(integer("9007199254740993"), Some(9_007_199_254_740_993));
        assert_eq!(integer("9007199254740993.0"), Some(9_007_199_254_740_993));
        assert_eq!(integer("1e3"), Some(1000));
        assert_eq!(integer("9223372036854775808"), None);
        assert_eq!(integer("1e400"), None);
        assert_eq!(integer(""), None);
        assert_eq!(double("1e400"), None);
        assert_eq!(double("0.1"), Some((0.1, true)));
        assert_eq!(double("9007199254740993"), Some((9_007_199_254_740_992.0, false)));
        assert_eq!(double("1.00000000000000000001"), Some((1.0, false)));
        for no_number in ["inf", "1.", "-.5", ".5", "1.e3", "1e", "-", ""] {
            assert_eq!(double(no_number), None, "{no_number}");
        }
    }
}
