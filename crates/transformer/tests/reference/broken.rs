//! Records that are no JSON, taken out of a page by its brackets.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// A page's text in which `null` stands for each record that is no JSON, and those records by their index.
pub(crate) struct Mended {
    pub(crate) text: String,
    pub(crate) broken: BTreeMap<u32, String>,
}

/// Mends the records in the arrays at `path`. A text whose brackets do not match stays as it is.
pub(crate) fn mended(text: &str, path: &[String]) -> Mended {
    let mut mended = Mended { text: text.to_owned(), broken: BTreeMap::new() };
    let records: Option<Vec<&str>> =
        arrays_at(text, path).map(|places| places.into_iter().filter_map(records_in).flatten().collect());
    let records = records.unwrap_or_default();
    let offset = |part: &str| part.as_ptr().addr() - text.as_ptr().addr();
    let lone: Vec<usize> = arrays_at(text, path).unwrap_or_default().into_iter().map(offset).collect();
    let is_broken = |record: &&str| serde_json::from_str::<&RawValue>(record).is_err();
    let broken = (0..).zip(records).filter(|(_, record)| is_broken(record) && !record.is_empty());
    let broken: Vec<(u32, &str)> = broken.collect();
    // From the last one, so that the places of those before it stay.
    for (index, record) in broken.into_iter().rev() {
        let start = record.as_ptr().addr() - text.as_ptr().addr();
        let is_lone = lone.contains(&start);
        mended
            .text
            .replace_range(start..start + record.len(), if is_lone { "{\"broken\":null}" } else { "null" });
        mended.broken.insert(index, record.to_owned());
    }
    mended
}

/// The records in what stands in their place: an array, or an object that is one.
fn records_in(value: &str) -> Option<Vec<&str>> {
    let parts = parts(value)?;
    Some(match (value.starts_with('['), parts.is_empty()) {
        (true, _) => parts,
        (false, true) => Vec::new(),
        (false, false) => vec![value],
    })
}

/// The arrays and objects at a path of keys; of members that stand twice, each. `None` where brackets do not match.
fn arrays_at<'a>(value: &'a str, path: &[String]) -> Option<Vec<&'a str>> {
    let value = trimmed(value);
    let Some((key, rest)) = path.split_first() else {
        return Some(if value.starts_with(['[', '{']) { vec![value] } else { Vec::new() });
    };
    if !value.starts_with('{') {
        return Some(Vec::new());
    }
    let mut arrays = Vec::new();
    for member in parts(value)? {
        let name_ends = (1..=member.len()).find(|end| {
            member.is_char_boundary(*end) && serde_json::from_str::<String>(&member[..*end]).is_ok()
        });
        let Some((name, below)) = name_ends.map(|end| member.split_at(end)) else { continue };
        if let Some(below) = trimmed(below).strip_prefix(':')
            && serde_json::from_str::<String>(name).unwrap() == *key
        {
            arrays.extend(arrays_at(below, rest)?);
        }
    }
    Some(arrays)
}

/// What stands between the commas of an array or object; `None` where its brackets do not match.
fn parts(value: &str) -> Option<Vec<&str>> {
    let (mut open, mut parts, mut from) = (Vec::new(), Vec::new(), 1);
    let (mut in_text, mut is_escaped) = (false, false);
    for (at, char) in value.char_indices() {
        if in_text {
            in_text = is_escaped || char != '"';
            is_escaped = !is_escaped && char == '\\';
            continue;
        }
        match char {
            '"' => in_text = true,
            '[' => open.push(']'),
            '{' => open.push('}'),
            ']' | '}' => {
                if open.pop() != Some(char) {
                    return None;
                }
                if open.is_empty() {
                    let last = trimmed(&value[from..at]);
                    if !(parts.is_empty() && last.is_empty()) {
                        parts.push(last);
                    }
                    return (at + 1 == value.len()).then_some(parts);
                }
            }
            ',' if open.len() == 1 => {
                parts.push(trimmed(&value[from..at]));
                from = at + 1;
            }
            _ => {}
        }
    }
    None
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\n', '\r', '\t'])
}
