//! JSON numbers, exact.

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn short_numbers_are_read_as_any_are(text in "[0-9]{0,9}[.]?[0-9]{0,10}|[0-9.e-]{0,20}") {
            if let Some(short) = Decimal::parse_short(&text) {
                prop_assert_eq!(Some(short), Decimal::parse_any(&text));
            }
        }

        #[test]
        fn any_text_is_no_decimal_or_one(text in any::<String>()) {
            let _ = Decimal::parse(&text);
        }
    }
}
