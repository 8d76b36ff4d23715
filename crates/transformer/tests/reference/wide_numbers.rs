//! `extra` with the numbers that stand in it as texts made numbers again.

use crate::json::{Json, Kind};

/// The same JSON without the member that lists them, and with numbers in the places it lists.
pub(crate) fn numbers_again(extra: &str) -> String {
    let json = Json::parse(extra).unwrap();
    let listed = json.members().unwrap_or_default().iter().rfind(|(name, value)| {
        name.strip_prefix("_numbers").is_some_and(|rest| rest.chars().all(|char| char == '_'))
            && value.elements().is_some_and(|pointers| pointers.iter().all(|text| text.string().is_some()))
    });
    let Some((name, pointers)) = listed else { return extra.to_owned() };
    let pointers: Vec<&str> = pointers.elements().unwrap().iter().filter_map(Json::string).collect();
    let members = json.members().unwrap().iter().filter(|(member, _)| member != name);
    let members = members.map(|(name, value)| member(name, value, "", &pointers)).collect::<Vec<_>>();
    format!("{{{}}}", members.join(","))
}

fn member(name: &str, value: &Json<'_>, at: &str, pointers: &[&str]) -> String {
    let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
    format!("{}:{}", serde_json::to_string(name).unwrap(), text(value, &at, pointers))
}

fn text(value: &Json<'_>, at: &str, pointers: &[&str]) -> String {
    if !pointers.iter().any(|pointer| pointer.starts_with(at)) {
        return value.text.to_owned();
    }
    match &value.kind {
        Kind::Text(number) if pointers.contains(&at) && is_wide(number) => number.clone(),
        Kind::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, value)| member(name, value, at, pointers)).collect();
            format!("{{{}}}", members.join(","))
        }
        Kind::Array(elements) => {
            let elements: Vec<String> = elements
                .iter()
                .enumerate()
                .map(|(index, value)| text(value, &format!("{at}/{index}"), pointers))
                .collect();
            format!("[{}]", elements.join(","))
        }
        _ => value.text.to_owned(),
    }
}

/// True for the text of a number beyond a double: of a key that stands twice, another text may stand in the same place.
fn is_wide(text: &str) -> bool {
    Json::parse(text).is_some_and(|json| matches!(json.kind, Kind::Number))
        && text.parse::<f64>().is_ok_and(f64::is_infinite)
}
