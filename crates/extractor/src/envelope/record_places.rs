//! Where records stand in a page: in an array, in place of one, or in the members or elements that a `*` hits.

use convolake_model::{Pointer, PointerStep};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::json::{descend, index};

/// What stands where the records should.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// Nothing.
    Nothing,
    /// `null`.
    Null,
    /// An array, as text.
    Array(&'a str),
    /// An object in place of an array, as text: one record, or none where it is empty.
    Lone(&'a str),
    /// The records of several places, each as text.
    Many(Vec<&'a str>),
    /// Another value.
    Other,
}

/// The part of the pointer to the records that leads to one place.
pub(super) fn head(records: &Pointer) -> Pointer {
    let steps = records.steps();
    let each = steps.iter().position(|step| *step == PointerStep::Each);
    Pointer::of(&steps[..each.unwrap_or(steps.len())])
}

/// The records in `value`, which stands at the [`head`] of the pointer to them.
pub(super) fn records_in<'a>(value: Option<&'a str>, records: &Pointer) -> Found<'a> {
    let Some(value) = value else { return Found::Nothing };
    let rest = records.strip(&head(records)).unwrap_or_default();
    match (value.as_bytes().first(), rest.steps()) {
        (Some(b'n'), _) => Found::Null,
        (Some(b'['), []) => Found::Array(value),
        (Some(b'{'), []) => Found::Lone(value),
        (Some(b'[' | b'{'), steps) => {
            let mut many = Vec::new();
            gather(value, steps, &mut many);
            Found::Many(many)
        }
        _ => Found::Other,
    }
}

/// Adds the records at `steps` within `value`. What leads nowhere is left to the flattener to tell of.
fn gather<'a>(value: &'a str, steps: &[PointerStep], many: &mut Vec<&'a str>) {
    match steps.split_first() {
        None => match value.as_bytes().first() {
            Some(b'[') => many.extend(parts(value)),
            _ => many.push(value),
        },
        Some((PointerStep::Each, rest)) => {
            parts(value).into_iter().for_each(|part| gather(part, rest, many));
        }
        Some((PointerStep::Key(key), rest)) => {
            let found = descend(value, &[key.as_str()]);
            // At a place for one value, `null` and what is empty are no record.
            let is_none = |value: &str| rest.is_empty() && (value == "null" || is_empty_object(value));
            if let Some(found) = found.filter(|found| !is_none(found)) {
                gather(found, rest, many);
            }
        }
    }
}

/// True for an object without members.
pub(super) fn is_empty_object(value: &str) -> bool {
    let inside = value.strip_prefix('{').and_then(|value| value.strip_suffix('}'));
    inside.is_some_and(|inside| inside.trim_ascii().is_empty())
}

/// The elements of an array or the values of an object's members; none for any other value.
fn parts(value: &str) -> Vec<&str> {
    serde_json::Deserializer::from_str(value).deserialize_any(Parts).unwrap_or_default()
}

struct Parts;

impl<'de> Visitor<'de> for Parts {
    type Value = Vec<&'de str>;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("an array or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::new();
        while let Some(element) = elements.next_element::<&RawValue>()? {
            parts.push(element.get());
        }
        Ok(parts)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::new();
        while let Some((_, value)) = members.next_entry::<super::json::Key<'de>, &RawValue>()? {
            parts.push(value.get());
        }
        Ok(parts)
    }
}

/// The pointers at which members of the page are named like the last step of `pointer`, nothing in their way, and hold
/// something; records are not looked into. `alike` says which names are meant.
pub(super) fn places_of(text: &str, records: &Pointer, alike: impl Fn(&str) -> bool) -> Vec<String> {
    /// So deep, and so many, do sources put what leads on.
    const DEPTH_MAX: usize = 4;
    const PLACES_MAX: usize = 3;
    let records = head(records);
    let mut open = vec![(Vec::<String>::new(), text)];
    let mut found = Vec::new();
    while let Some((path, value)) = open.pop() {
        if path.len() >= DEPTH_MAX || found.len() >= PLACES_MAX {
            continue;
        }
        for (name, value) in named_parts(value) {
            let path: Vec<String> = path.iter().cloned().chain([name.clone()]).collect();
            let pointer =
                Pointer::of(&path.iter().cloned().map(PointerStep::Key).collect::<Vec<PointerStep>>());
            if pointer == records {
                continue;
            }
            match value.as_bytes().first() {
                Some(b'{' | b'[') => open.push((path, value)),
                _ if matches!(value, "null" | "\"\"" | "false") || index(&name).is_some() => {}
                _ if alike(&name) => found.push(pointer.to_string()),
                _ => {}
            }
        }
    }
    found
}

/// The members of an object by name, or the first elements of an array by index.
fn named_parts(value: &str) -> Vec<(String, &str)> {
    const PARTS_MAX: usize = 40;
    let names: Vec<String> = match value.starts_with('[') {
        true => (0..PARTS_MAX.min(4)).map(|index| index.to_string()).collect(),
        false => super::json::names(value, PARTS_MAX),
    };
    names
        .into_iter()
        .filter_map(|name| {
            let found = descend(value, &[name.as_str()])?;
            Some((name, found))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str, records: &str) -> String {
        let records = Pointer::parse(records).unwrap();
        let keys: Vec<String> = head(&records).keys().unwrap().into_iter().map(str::to_owned).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        match records_in(descend(page, &keys), &records) {
            Found::Many(many) => many.join(" "),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn shapes_of_a_page() {
        for (page, records, expected) in [
            (r#"{"data": [1]}"#, "/data", "Array(\"[1]\")"),
            (r#"{"data": {"id": 1}}"#, "/data", "Lone(\"{\\\"id\\\": 1}\")"),
            (r#"{"data": null}"#, "/data", "Null"),
            (r#"{"data": 7}"#, "/data", "Other"),
            (r#"{"rows": []}"#, "/data", "Nothing"),
            (r#"{"docs": {"a": {"id": 1}, "b": {"id": 2}}}"#, "/docs/*", r#"{"id": 1} {"id": 2}"#),
            (r#"{"docs": [{"id": 1}, null]}"#, "/docs/*", r#"{"id": 1} null"#),
            (r#"{"docs": [[1, 2], {"0": 3}]}"#, "/docs/*", r#"1 2 {"0": 3}"#),
            (r#"{"a": [1], "b": [2]}"#, "/*", "1 2"),
            (r#"{"d": [{"o": {"id": 1}}, {"o": null}, {"o": {}}, {}]}"#, "/d/*/o", r#"{"id": 1}"#),
            (r#"{"docs": {}}"#, "/docs/*", ""),
            (r#"{"docs": "x"}"#, "/docs/*", "Other"),
        ] {
            assert_eq!(found(page, records), expected, "{page} {records}");
        }
    }

    #[test]
    fn places_of_a_name() {
        let page = r#"{"agents": [{"next": "no"}], "pagination": {"next": "x", "last": null}, "links": [{"next": 7}]}"#;
        let mut places = places_of(page, &Pointer::parse("/agents").unwrap(), |name| name == "next");
        places.sort();
        assert_eq!(places, ["/links/0/next", "/pagination/next"]);
        assert_eq!(places_of(page, &Pointer::parse("/agents").unwrap(), |name| name == "last"), [""; 0]);
    }
}
