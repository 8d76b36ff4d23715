//! Values as they are written on the command line.

use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use convolake_engine::{LogFormat, Span};

/// `90s`, `15m`, `2h`: as in a pipeline's file.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    match Span::try_from(text.to_owned()).map(Span::as_duration) {
        Ok(Duration::ZERO) => Err("no time at all is too little".to_owned()),
        Ok(duration) => Ok(duration),
        Err(_) => Err("a number and s, m, h, d or w, as in 90s, 15m or 2h".to_owned()),
    }
}

/// A whole number from `least` to `most`.
pub(super) fn whole<T: TryFrom<u64>>(
    least: u64,
    most: u64,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| match most {
            u64::MAX => format!("a whole number from {least} on"),
            _ => format!("a whole number from {least} to {most}"),
        })
    }
}

/// The form of stderr.
pub(super) fn log_format() -> impl TypedValueParser<Value = LogFormat> {
    let value = |(_, name, help)| PossibleValue::new(name).help(help);
    PossibleValuesParser::new(LogFormat::ALL.map(value))
        .try_map(|name| LogFormat::named(&name).ok_or("it is human or json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_durations() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86_400)] {
            assert_eq!(parse_duration(text).ok(), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(whole::<u16>(0, 65_535)("8080"), Ok(8080));
        for text in ["-1", "70000", "x", ""] {
            assert_eq!(whole::<u16>(0, 65_535)(text), Err("a whole number from 0 to 65535".to_owned()));
        }
        for text in ["0s", "-5m", "soon", "5"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
