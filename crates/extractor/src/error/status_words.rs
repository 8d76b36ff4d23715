//! Statuses as they are told of.

use http::StatusCode;

/// The number and the phrase that goes with it, also of statuses that no RFC has.
pub(crate) fn status_words(status: StatusCode) -> String {
    let phrase = status.canonical_reason().or(match status.as_u16() {
        420 => Some("Enhance Your Calm"),
        509 => Some("Bandwidth Limit Exceeded"),
        520 => Some("Web Server Returned an Unknown Error"),
        521 => Some("Web Server Is Down"),
        522 => Some("Connection Timed Out"),
        523 => Some("Origin Is Unreachable"),
        524 => Some("A Timeout Occurred"),
        525 => Some("SSL Handshake Failed"),
        526 => Some("Invalid SSL Certificate"),
        529 => Some("Site Is Overloaded"),
        _ => None,
    });
    match phrase {
        Some(phrase) => format!("{} {phrase}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ssllabs/ssllabs-scan#759`, `NancyFx/Nancy#679`: statuses of sources' own.
    #[test]
    fn a_status_without_a_phrase_is_told_by_its_number() {
        for (status, expected) in [
            (404, "404 Not Found"),
            (420, "420 Enhance Your Calm"),
            (509, "509 Bandwidth Limit Exceeded"),
            (529, "529 Site Is Overloaded"),
            (599, "599"),
        ] {
            assert_eq!(status_words(StatusCode::from_u16(status).unwrap()), expected);
        }
    }
}
