//! Pages of which some records are no JSON: `NaN`, control characters in texts, words without quotes.
//!
//! A record ends where the bracket that it begins with is closed, counted outside of texts. So a page whose brackets match
//! can be taken apart into records though one of them does not parse; a page that was torn has a bracket left open, and
//! stays no page. All that is no record has to be JSON.

use std::ops::Range;

use convolake_model::{Pointer, PointerStep};
use serde_json::value::RawValue;

use super::json::index;

/// A page with each record that is no JSON replaced by `null`, or by an object where `null` would be no record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resynced {
    /// The page, which parses as far as its envelope does.
    pub(super) text: String,
    /// The records that were replaced, by their place among the records, as sent.
    pub(super) broken: Vec<(usize, String)>,
}

/// What stands for a record that is no JSON and no element of an array.
const BROKEN: &str = r#"{"":null}"#;

/// Takes the records at `records` apart; `None` where the page is torn, or no record is at fault.
pub(super) fn resync(text: &str, records: &Pointer) -> Option<Resynced> {
    let mut found = Vec::new();
    gather(text, trimmed(text, 0..text.len()), records.steps(), &mut found)?;
    let (mut clean, mut broken) = (String::with_capacity(text.len()), Vec::new());
    let mut copied = 0;
    for (place, Found { record, stand_in }) in found.into_iter().enumerate() {
        let raw = &text[record.clone()];
        if raw.is_empty() {
            return None;
        }
        if serde_json::from_str::<&RawValue>(raw).is_ok() {
            continue;
        }
        clean.push_str(&text[copied..record.start]);
        clean.push_str(stand_in);
        copied = record.end;
        broken.push((place, raw.to_owned()));
    }
    clean.push_str(&text[copied..]);
    (!broken.is_empty()).then_some(Resynced { text: clean, broken })
}

/// A record, and what is to stand for it if it is no JSON.
struct Found {
    record: Range<usize>,
    stand_in: &'static str,
}

/// Adds the records at `steps` within `value`; `None` where brackets do not match or nothing stands there.
fn gather(text: &str, value: Range<usize>, steps: &[PointerStep], found: &mut Vec<Found>) -> Option<()> {
    let first = text.as_bytes().get(value.start)?;
    match steps.split_first() {
        None if *first == b'[' => {
            let records = parts(text, value)?.into_iter();
            found.extend(records.map(|record| Found { record, stand_in: "null" }));
        }
        None if *first == b'{' => {
            let is_record = !parts(text, value.clone())?.is_empty();
            found.extend(is_record.then_some(Found { record: value, stand_in: BROKEN }));
        }
        None => {}
        Some((PointerStep::Key(key), rest)) => {
            if let Some(value) = locate(text, value, key) {
                gather(text, value, rest, found)?;
            }
        }
        Some((PointerStep::Each, rest)) if matches!(first, b'[' | b'{') => {
            let is_array = *first == b'[';
            for part in parts(text, value)? {
                let value = if is_array { part } else { member(text, part)?.1 };
                let is_held =
                    rest.is_empty() && !matches!(text.as_bytes().get(value.start), Some(b'[' | b'{'));
                match is_held {
                    true => found.push(Found { record: value, stand_in: "null" }),
                    false => gather(text, value, rest, found)?,
                }
            }
        }
        Some(_) => {}
    }
    Some(())
}

/// The raw text at `path` within a value whose brackets match; `None` where nothing stands there.
pub(super) fn raw_at<'a>(text: &'a str, path: &[&str]) -> Option<&'a str> {
    let whole = trimmed(text, 0..text.len());
    let found = path.iter().try_fold(whole, |value, key| locate(text, value, key));
    found.map(|found| &text[found])
}

/// Where the member or element `key` of a value stands.
fn locate(text: &str, value: Range<usize>, key: &str) -> Option<Range<usize>> {
    let mut parts = parts(text, value.clone())?.into_iter();
    match text.as_bytes().get(value.start)? {
        b'[' => parts.nth(index(key)?),
        // Where an object has a key twice, the last counts.
        _ => {
            let members = parts.rev().filter_map(|part| member(text, part));
            members.filter(|(name, _)| name == key).map(|(_, value)| value).next()
        }
    }
}

/// The name and the place of the value of an object's member.
fn member(text: &str, part: Range<usize>) -> Option<(String, Range<usize>)> {
    let raw = text.get(part.clone())?;
    let end = end_of_text(raw.as_bytes())?;
    let name = serde_json::from_str(&raw[..end]).ok()?;
    let colon = raw[end..]
        .find(|char: char| !char.is_ascii_whitespace())
        .filter(|at| raw[end + at..].starts_with(':'))?;
    Some((name, trimmed(text, part.start + end + colon + 1..part.end)))
}

/// The parts of an array or object between its brackets and commas, without the white space around them.
fn parts(text: &str, value: Range<usize>) -> Option<Vec<Range<usize>>> {
    let bytes = text.as_bytes();
    if !matches!(bytes.get(value.start)?, b'[' | b'{') {
        return None;
    }
    let (mut open, mut parts, mut from) = (Vec::new(), Vec::new(), value.start + 1);
    let mut at = value.start;
    while at < value.end {
        match bytes[at] {
            b'"' => at += end_of_text(&bytes[at..value.end])? - 1,
            byte @ (b'[' | b'{') => open.push(byte),
            byte @ (b']' | b'}') => {
                let opened = open.pop()?;
                if (opened == b'[') != (byte == b']') {
                    return None;
                }
                if open.is_empty() {
                    let last = trimmed(text, from..at);
                    if !parts.is_empty() || !last.is_empty() {
                        parts.push(last);
                    }
                    return (at + 1 == value.end).then_some(parts);
                }
            }
            b',' if open.len() == 1 => {
                parts.push(trimmed(text, from..at));
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The length of the text that `bytes` begin with, quotes included; `None` where they begin with none or it has no end.
fn end_of_text(bytes: &[u8]) -> Option<usize> {
    bytes.first().filter(|byte| **byte == b'"')?;
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let raw = &text[range.clone()];
    let start = range.start + (raw.len() - raw.trim_ascii_start().len());
    start..(start + raw.trim_ascii().len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(pointer: &str) -> Pointer {
        Pointer::parse(pointer).unwrap()
    }

    #[test]
    fn records_in_other_shapes_cost_only_themselves_too() {
        for (records, page, clean) in [
            ("", r#"{"id": 1, "x": NaN}"#, r#"{"":null}"#),
            ("/data", r#"{"data": {"x": NaN}, "n": 1}"#, r#"{"data": {"":null}, "n": 1}"#),
            (
                "/docs/*",
                r#"{"docs": {"a": {"x": NaN}, "b": {"id": 1}, "c": NaN}}"#,
                r#"{"docs": {"a": {"":null}, "b": {"id": 1}, "c": null}}"#,
            ),
            (
                "/d/*/o",
                r#"{"d": [{"o": [{"x": NaN}, 1]}, {"o": {"x": NaN}}, {}]}"#,
                r#"{"d": [{"o": [null, 1]}, {"o": {"":null}}, {}]}"#,
            ),
        ] {
            assert_eq!(resync(page, &at(records)).unwrap().text, clean, "{page}");
        }
        assert_eq!(resync(r#"{"docs": {"a": {"x": NaN}"#, &at("/docs/*")), None);
    }

    #[test]
    fn a_record_that_is_no_json_costs_only_itself() {
        for broken in [
            r#"{"id": "b", "score": NaN}"#,
            r#"{"id": "b", "score": -Infinity}"#,
            "{\"id\": \"b\", \"text\": \"two\nlines ] }\"}",
            r#"{"id": "b", "score": .5}"#,
            r#"{"id": "b", "when": undefined, "deep": {"x": [NaN, "]"]}}"#,
            r#"{"id": "b", 'x': 1}"#,
            r#"{"id": "b", "text": "\x"}"#,
            "NaN",
        ] {
            let page =
                format!(r#" {{"cursor": "c", "data": [{{"id": "a"}}, {broken} ,{{"id": "c"}}], "n": 3}} "#);
            let found = resync(&page, &at("/data")).unwrap();
            assert_eq!(found.broken, [(1, broken.to_owned())]);
            assert_eq!(found.text, page.replace(broken, "null"));
        }
    }

    #[test]
    fn what_is_torn_stays_so() {
        for page in [
            r#"{"data": [{"id": NaN}"#,
            r#"{"data": [{"id": NaN}]"#,
            r#"{"data": [{"id": NaN]}"#,
            r#"{"data": [{"id": NaN, {"id": 2}], "cursor": null}"#,
            r#"{"data": [{"id": NaN, "text": "open]}"#,
            r#"{"data": [{"id": NaN},]}"#,
            r#"{"data": [{"id": 1}], "n": NaN}"#,
            r#"{"data": NaN}"#,
            r#"{"other": [NaN]}"#,
            "NaN",
            "",
        ] {
            assert_eq!(resync(page, &at("/data")), None, "{page}");
        }
    }

    #[test]
    fn values_of_a_broken_record_are_found() {
        let record = r#"{"meta": {"ID": "c1", "ids": ["x", 7]}, "score": NaN, "id": 1, "id": 2}"#;
        for (path, expected) in [
            (&["meta", "ID"][..], Some("\"c1\"")),
            (&["meta", "ids", "1"], Some("7")),
            (&["meta", "ids", "01"], None),
            (&["id"], Some("2")),
            (&["score"], Some("NaN")),
            (&["none"], None),
            (&["score", "x"], None),
        ] {
            assert_eq!(raw_at(record, path), expected, "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_apart_or_refused(text in r#"[\[\]{}",:a0 \\N]{0,40}"#) {
            if let Some(found) = resync(&text, &at("")) {
                prop_assert!(found.broken.iter().all(|(_, raw)| text.contains(raw.as_str())));
            }
        }

        #[test]
        fn a_page_cut_anywhere_is_refused(cut in 1usize..1000) {
            let page = r#"{"success": true, "data": [{"id": "a", "x": NaN}, {"id": "b, \" ]"}], "hasMore": true}"#;
            prop_assert_eq!(resync(&page[..cut % page.len()], &at("/data")), None);
        }
    }
}
