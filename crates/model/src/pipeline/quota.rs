//! The most requests in a day or month.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many requests a source allows in a day or a month, both of UTC: `10000/day`, `300000/month`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quota {
    /// The most requests in a period.
    pub requests: u64,
    /// The period.
    pub per: QuotaPeriod,
}

/// After which time a quota begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaPeriod {
    /// At midnight.
    Day,
    /// On the first of a month.
    Month,
}

impl TryFrom<String> for Quota {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("bad quota `{text}`: a number above 0 and /day or /month, as in `10000/day`");
        let (number, period) = text.split_once('/').ok_or_else(bad)?;
        let per = match period.trim() {
            "day" => QuotaPeriod::Day,
            "month" => QuotaPeriod::Month,
            _ => return Err(bad()),
        };
        let requests = number.trim().parse().ok().filter(|requests| *requests > 0).ok_or_else(bad)?;
        Ok(Self { requests, per })
    }
}

impl From<Quota> for String {
    fn from(quota: Quota) -> Self {
        quota.to_string()
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let period = match self.per {
            QuotaPeriod::Day => "day",
            QuotaPeriod::Month => "month",
        };
        write!(out, "{}/{period}", self.requests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_as_written() {
        for (text, requests, per) in
            [("10000/day", 10_000, QuotaPeriod::Day), ("3 / month", 3, QuotaPeriod::Month)]
        {
            assert_eq!(Quota::try_from(text.to_owned()), Ok(Quota { requests, per }));
        }
        for text in ["", "10000", "0/day", "-1/day", "1/hour", "1.5/day", "/day"] {
            let error = Quota::try_from(text.to_owned()).unwrap_err();
            assert!(error.contains("10000/day"), "{error}");
        }
    }
}
