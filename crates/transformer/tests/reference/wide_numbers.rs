//! `extra` with the numbers that stand in it as texts made numbers again.

use std::ops::Range;

use crate::json::{Json, Kind};

/// The same text without the member that lists them, and with numbers in the places it lists.
pub(crate) fn numbers_again(extra: &str) -> String {
    let json = Json::parse(extra).unwrap();
    let listed = json.members().unwrap_or_default().iter().rfind(|(name, value)| {
        name.strip_prefix("_numbers").is_some_and(|rest| rest.chars().all(|char| char == '_'))
            && value.elements().is_some_and(|pointers| pointers.iter().all(|text| text.string().is_some()))
    });
    let Some((name, pointers)) = listed else { return extra.to_owned() };
    let list = range(extra, pointers);
    let begin = extra[..list.start].rfind(&format!(",\"{name}\":")).unwrap();
    let pointers: Vec<&str> = pointers.elements().unwrap().iter().filter_map(Json::string).collect();
    let mut edits = vec![(begin..list.end, "")];
    let members = json.members().unwrap().iter().filter(|(member, _)| member != name);
    members.for_each(|(name, value)| texts(extra, value, &below("", name), &pointers, &mut edits));
    edits.sort_by_key(|(range, _)| range.start);
    let (mut text, mut from) = (String::new(), 0);
    for (range, number) in edits {
        text += &extra[from..range.start];
        text += number;
        from = range.end;
    }
    text + &extra[from..]
}

/// Adds the listed texts within a value, and what is to stand in place of each.
fn texts<'t>(
    extra: &str,
    value: &'t Json<'_>,
    at: &str,
    pointers: &[&str],
    edits: &mut Vec<(Range<usize>, &'t str)>,
) {
    match &value.kind {
        Kind::Text(number) if pointers.contains(&at) && is_wide(number) => {
            edits.push((range(extra, value), number));
        }
        Kind::Object(members) => {
            members.iter().for_each(|(name, value)| texts(extra, value, &below(at, name), pointers, edits));
        }
        Kind::Array(elements) => {
            let elements = elements.iter().enumerate();
            elements
                .for_each(|(index, value)| texts(extra, value, &format!("{at}/{index}"), pointers, edits));
        }
        _ => {}
    }
}

fn below(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Where the text of a value stands in the text it was parsed of.
fn range(text: &str, value: &Json<'_>) -> Range<usize> {
    let start = value.text.as_ptr().addr() - text.as_ptr().addr();
    start..start + value.text.len()
}

/// True for the text of a number beyond a double: of a key that stands twice, another text may stand in the same place.
fn is_wide(text: &str) -> bool {
    Json::parse(text).is_some_and(|json| matches!(json.kind, Kind::Number))
        && text.parse::<f64>().is_ok_and(f64::is_infinite)
}
