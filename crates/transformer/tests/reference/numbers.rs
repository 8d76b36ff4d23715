//! Numbers as they are written.

/// A number, or the text of one: `digits * 10^exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    digits: i128,
    exponent: i64,
}

impl Decimal {
    /// Reads `-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?`, of as many digits as 128 bits hold.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if !is_number(text) {
            return None;
        }
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent = i64::from(exponent.parse::<i32>().ok()?) - i64::try_from(fraction.len()).ok()?;
        let (digits, sign) = match whole.strip_prefix('-') {
            Some(digits) => (digits, "-"),
            None => (whole, ""),
        };
        let digits = format!("{sign}{digits}{fraction}").parse::<i128>().ok()?;
        let mut number = Self { digits, exponent };
        if number.digits == 0 {
            number.exponent = 0;
        }
        while number.digits != 0 && number.digits % 10 == 0 {
            number.digits /= 10;
            number.exponent += 1;
        }
        Some(number)
    }

    /// The number times `10^power`, rounded down, and whether that is all of it; `None` beyond 64 bits.
    pub(crate) fn times_ten_to(self, power: i64) -> Option<(i64, bool)> {
        let (mut value, mut shift, mut exact) = (self.digits, self.exponent + power, true);
        while shift > 0 {
            value = value.checked_mul(10)?;
            shift -= 1;
        }
        while shift < 0 {
            exact &= value.rem_euclid(10) == 0;
            value = value.div_euclid(10);
            shift += 1;
            if value == 0 || value == -1 {
                // Nothing changes any more.
                exact &= shift == 0 || value == 0;
                break;
            }
        }
        Some((i64::try_from(value).ok()?, exact))
    }
}

pub(crate) fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let unsigned = |exponent: &str| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    digits(whole) && fraction.is_none_or(digits) && exponent.is_none_or(unsigned)
}

/// A whole number of 64 bits.
pub(crate) fn whole(text: &str) -> Option<i64> {
    match Decimal::parse(text)?.times_ten_to(0)? {
        (value, true) => Some(value),
        (_, false) => None,
    }
}

/// The nearest double, and whether it is the number itself (as its shortest spelling shows).
pub(crate) fn double(text: &str) -> Option<(f64, bool)> {
    if !is_number(text) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    let written = Decimal::parse(text);
    let exact = written.is_some() && written == Decimal::parse(&format!("{value:e}"));
    value.is_finite().then_some((value, exact))
}
