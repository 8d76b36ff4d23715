//! The records of a page: their ids, times and hashes.

use convolake_model::{Comparison, Pointer};
use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::value::RawValue;

use super::canonical::canonical;
use super::json::{descend, pick};
use super::resync::raw_at;
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
    /// The first 32 hex digits of the SHA-256 of the record's JSON: in one spelling and without what is left out, where the pipeline
    /// says how records are compared; as sent elsewhere.
    pub hash: String,
    /// The hash of the record's JSON as sent, where that is another: lakes hold it from before records had one spelling.
    pub hash_as_sent: Option<String>,
}

/// The records of a page, and what could not be told of them.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) seen: Vec<RecordSeen>,
    /// The first record, where no record has the member that holds the id, not even as `null`.
    pub(super) without_id: Option<String>,
}

/// The records of a page, each as text; `broken` are those that were no JSON, by place and as sent, and others stand for them.
pub(super) fn records_of(
    raw: &[&str],
    broken: &[(usize, String)],
    id: &Pointer,
    listed_at: Option<&Pointer>,
    comparison: Option<&Comparison>,
) -> Records {
    let id = id.keys().unwrap_or_default();
    let listed_at = listed_at.and_then(Pointer::keys).unwrap_or_default();
    let all_broken = broken;
    let mut broken = broken.iter().peekable();
    let mut records = Records::default();
    let mut has_id = false;
    for (place, record) in raw.iter().enumerate() {
        if let Some((_, record)) = broken.next_if(|(at, _)| *at == place) {
            records.seen.push(seen_of_broken(record, &id, &listed_at));
            continue;
        }
        let (record, has) = seen(record, &id, &listed_at, comparison);
        has_id |= has;
        records.seen.push(record);
    }
    let is_broken = |place: usize| all_broken.iter().any(|(at, _)| *at == place);
    let mut objects = (raw.iter().enumerate())
        .filter(|(place, record)| record.starts_with('{') && !is_broken(*place))
        .map(|(_, record)| record);
    records.without_id = objects.next().filter(|_| !has_id).map(|record| (*record).to_owned());
    records
}

/// What is seen of a record, and whether it has the member that holds the id.
fn seen(
    record: &str,
    id: &[&str],
    listed_at: &[&str],
    comparison: Option<&Comparison>,
) -> (RecordSeen, bool) {
    // The members that the two paths begin with, in one pass over the record.
    let keys: Vec<&str> = id.first().into_iter().chain(listed_at.first()).copied().collect();
    let mut members = pick(record, &keys).unwrap_or_default().into_iter();
    let mut value = |path: &[&str]| {
        let (_, rest) = path.split_first()?;
        match record.starts_with('[') {
            true => descend(record, path),
            false => descend(members.next()??, rest),
        }
    };
    let id = value(id);
    let as_sent = hex(&fingerprint_of_text(record));
    let hash = comparison.map(|comparison| hex(&fingerprint_of_text(&canonical(record, comparison))));
    let hash_as_sent = hash.as_ref().is_some_and(|hash| *hash != as_sent).then(|| as_sent.clone());
    let seen = RecordSeen {
        id: id.and_then(text),
        listed_at: value(listed_at).and_then(instant),
        hash: hash.unwrap_or(as_sent),
        hash_as_sent,
    };
    (seen, id.is_some())
}

/// What is seen of a record that is no JSON: what can be read of it all the same.
fn seen_of_broken(record: &str, id: &[&str], listed_at: &[&str]) -> RecordSeen {
    let value = |path: &[&str]| raw_at(record, path).filter(|_| !path.is_empty());
    let is_json = |raw: &&str| serde_json::from_str::<&RawValue>(raw).is_ok();
    RecordSeen {
        id: value(id).filter(is_json).and_then(text),
        listed_at: value(listed_at).filter(is_json).and_then(instant),
        hash: hex(&fingerprint_of_text(record)),
        hash_as_sent: None,
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

    fn of_array(
        array: &str,
        broken: &[(usize, String)],
        id: &Pointer,
        listed_at: Option<&Pointer>,
    ) -> Records {
        let raw: Vec<&RawValue> = serde_json::from_str(array).unwrap();
        let raw: Vec<&str> = raw.into_iter().map(RawValue::get).collect();
        records_of(&raw, broken, id, listed_at, None)
    }

    fn of_compared(array: &str, comparison: Option<&Comparison>) -> Records {
        let raw: Vec<&RawValue> = serde_json::from_str(array).unwrap();
        let raw: Vec<&str> = raw.into_iter().map(RawValue::get).collect();
        records_of(&raw, &[], &pointer("/ID"), None, comparison)
    }

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).unwrap()
    }

    #[test]
    fn ids_wherever_they_stand() {
        let array = r#"[{"metadata": {"ID": "c1"}}, {"metadata": {"ID": 7}}, {"metadata": []}, null, {"metadata": {"ID": null}}]"#;
        let ids: Vec<_> = of_array(array, &[], &pointer("/metadata/ID"), None)
            .seen
            .into_iter()
            .map(|record| record.id)
            .collect();
        assert_eq!(ids, [Some("c1".to_owned()), Some("7".to_owned()), None, None, None]);
    }

    #[test]
    fn records_without_the_member_of_the_id_are_told_from_those_where_it_is_null() {
        for (array, first) in [
            (r#"[{"a": 1}, {"b": 2}]"#, Some(r#"{"a": 1}"#)),
            (r#"[7, {"a": 1}]"#, Some(r#"{"a": 1}"#)),
            (r#"[{"a": 1}, {"id": null}]"#, None),
            (r#"[{"a": 1}, {"id": 7}]"#, None),
            ("[7]", None),
            ("[]", None),
        ] {
            let records = of_array(array, &[], &pointer("/id"), None);
            assert_eq!(records.without_id.as_deref(), first, "{array}");
        }
    }

    #[test]
    fn ids_by_index_where_records_are_arrays() {
        let seen = of_array(r#"[["c1", 1699999999], ["c2"]]"#, &[], &pointer("/0"), Some(&pointer("/1")));
        let seen = seen.seen;
        assert_eq!(seen[0].id.as_deref(), Some("c1"));
        assert_eq!(seen[0].listed_at, Some(Timestamp::from_second(1_699_999_999).unwrap()));
        assert_eq!((seen[1].id.as_deref(), seen[1].listed_at), (Some("c2"), None));
    }

    #[test]
    fn id_and_time_may_share_a_parent() {
        let array = r#"[{"m": {"id": "c1", "ts": 1699999999}}]"#;
        let seen = of_array(array, &[], &pointer("/m/id"), Some(&pointer("/m/ts"))).seen;
        assert_eq!(seen[0].id.as_deref(), Some("c1"));
        assert_eq!(seen[0].listed_at, Some(Timestamp::from_second(1_699_999_999).unwrap()));
    }

    #[test]
    fn the_hash_is_of_the_text_as_sent() {
        let seen = of_array(r#"[{"ID":1}, {"ID": 1}, {"ID":1}]"#, &[], &pointer("/ID"), None).seen;
        assert_eq!(seen[0].hash, "644a9554d769a9a6ced0965cf65d26a8");
        assert_eq!(seen[0], seen[2]);
        assert_ne!(seen[0].hash, seen[1].hash);
    }

    #[test]
    fn compared_records_have_one_hash_whatever_their_spelling() {
        let array = r#"[{"ID":1,"u":"a"}, {"u": "b", "ID": 1}, {"ID": 1, "n": 2}]"#;
        let comparison = Comparison { ignore: vec![pointer("/u")], unordered: Vec::new() };
        let seen = of_compared(array, Some(&comparison)).seen;
        assert_eq!(seen[0].hash, seen[1].hash);
        assert_ne!(seen[0].hash, seen[2].hash);
        let as_sent = of_compared(array, None).seen;
        assert_eq!(seen[1].hash_as_sent.as_ref(), Some(&as_sent[1].hash));
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
