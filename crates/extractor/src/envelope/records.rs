//! The records of a page: their ids, times and hashes.

use convolake_model::Pointer;
use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::value::RawValue;

use super::json::{descend, pick};
use crate::digest::{fingerprint_of_text, hex};

/// Numbers from here on are milliseconds: as seconds they would lie after the year 5000.
const MILLISECONDS_FROM: f64 = 1e11;

/// What is seen of a record while extracting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordSeen {
    /// The record's own id; `None` where it has none that is a text or a number.
    pub id: Option<String>,
    /// The time the list is sorted by or the record is filed under; `None` where the stream names none or it makes no sense.
    pub listed_at: Option<Timestamp>,
    /// The first 32 hex digits of the SHA-256 of the record's JSON, as sent.
    pub hash: String,
}

/// The records of a JSON array.
pub(super) fn records_of(
    array: &str,
    id: &Pointer,
    listed_at: Option<&Pointer>,
) -> Result<Vec<RecordSeen>, serde_json::Error> {
    let id = id.keys().unwrap_or_default();
    let listed_at = listed_at.and_then(Pointer::keys).unwrap_or_default();
    let records: Vec<&RawValue> = serde_json::from_str(array)?;
    Ok(records.into_iter().map(|record| seen(record.get(), &id, &listed_at)).collect())
}

fn seen(record: &str, id: &[&str], listed_at: &[&str]) -> RecordSeen {
    // The members that the two paths begin with, in one pass over the record.
    let keys: Vec<&str> = id.first().into_iter().chain(listed_at.first()).copied().collect();
    let mut members = pick(record, &keys).unwrap_or_default().into_iter();
    let mut value = |path: &[&str]| {
        let (_, rest) = path.split_first()?;
        descend(members.next()??, rest)
    };
    RecordSeen {
        id: value(id).and_then(text),
        listed_at: value(listed_at).and_then(instant),
        hash: hex(&fingerprint_of_text(record)),
    }
}

fn text(raw: &str) -> Option<String> {
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str(raw).ok(),
        b'0'..=b'9' | b'-' => Some(raw.to_owned()),
        _ => None,
    }
}

/// Unix seconds or milliseconds as number or text, RFC 3339, or ISO 8601 without a zone (as UTC).
fn instant(raw: &str) -> Option<Timestamp> {
    let text = text(raw)?;
    if let Ok(number) = text.parse::<f64>() {
        let seconds = if number.abs() >= MILLISECONDS_FROM { number / 1000.0 } else { number };
        return jiff::SignedDuration::try_from_secs_f64(seconds)
            .ok()
            .and_then(|since| Timestamp::from_duration(since).ok());
    }
    let without_zone =
        || Some(text.parse::<civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse().ok().or_else(without_zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).unwrap()
    }

    #[test]
    fn ids_wherever_they_stand() {
        let array = r#"[{"metadata": {"ID": "c1"}}, {"metadata": {"ID": 7}}, {"metadata": []}, null, {"metadata": {"ID": null}}]"#;
        let ids: Vec<_> = records_of(array, &pointer("/metadata/ID"), None)
            .unwrap()
            .into_iter()
            .map(|record| record.id)
            .collect();
        assert_eq!(ids, [Some("c1".to_owned()), Some("7".to_owned()), None, None, None]);
    }

    #[test]
    fn id_and_time_may_share_a_parent() {
        let array = r#"[{"m": {"id": "c1", "ts": 1699999999}}]"#;
        let seen = records_of(array, &pointer("/m/id"), Some(&pointer("/m/ts"))).unwrap();
        assert_eq!(seen[0].id.as_deref(), Some("c1"));
        assert_eq!(seen[0].listed_at, Some(Timestamp::from_second(1_699_999_999).unwrap()));
    }

    #[test]
    fn the_hash_is_of_the_text_as_sent() {
        let seen = records_of(r#"[{"ID":1}, {"ID": 1}, {"ID":1}]"#, &pointer("/ID"), None).unwrap();
        assert_eq!(seen[0].hash, "644a9554d769a9a6ced0965cf65d26a8");
        assert_eq!(seen[0], seen[2]);
        assert_ne!(seen[0].hash, seen[1].hash);
    }

    #[test]
    fn times_in_all_their_spellings() {
        let expected = Some("2023-11-14T22:13:19Z".parse::<Timestamp>().unwrap());
        for (raw, expected) in [
            ("1699999999", expected),
            ("1699999999.0", expected),
            ("1699999999000", expected),
            ("\"1699999999\"", expected),
            ("\"2023-11-14T22:13:19Z\"", expected),
            ("\"2023-11-14T22:13:19\"", expected),
            ("\"2023-11-15T00:13:19+02:00\"", expected),
            ("\"Invalid date\"", None),
            ("1e300", None),
            ("null", None),
            ("{}", None),
        ] {
            assert_eq!(instant(raw), expected, "{raw}");
        }
    }
}
