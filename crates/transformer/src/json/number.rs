//! JSON numbers become integers and doubles, and say whether nothing was lost.

use super::decimal::Decimal;

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
        fn any_text_is_no_number_or_one(text in any::<String>()) {
            let _ = (integer(&text), double(&text));
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
