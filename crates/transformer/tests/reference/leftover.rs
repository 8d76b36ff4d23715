//! What stands in `extra`: all that no column of the row gives back, laid out as the contract says.

use std::collections::BTreeMap;

use crate::element::Element;
use crate::json::Json;
use crate::levels::{Level, Path, keys};

const RECORD: &str = "_record";
const KEY: &str = "_key";
const VALUE: &str = "_value";

/// The content of `extra`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Extra {
    Nothing,
    /// A value, letter for letter as the source wrote it.
    Verbatim(String),
    /// An object whose members may stand in any order.
    Object(BTreeMap<String, Extra>),
    /// A key of the source, however it is written.
    Key(String),
}

/// The `extra` of an element, of which columns give back the values at these places.
pub(crate) fn extra(level: &Level<'_>, element: &Element<'_, '_>, given_back: &[Path]) -> Extra {
    let key = element.key.map(|key| (KEY.to_owned(), Extra::Key(key.to_owned())));
    if !element.is_object() {
        let value = Extra::Verbatim(element.json.text.to_owned());
        return match key {
            Some(key) => Extra::Object([key, (VALUE.to_owned(), value)].into()),
            None => value,
        };
    }
    let mut left = Vec::new();
    gather(level, element.json, &mut Path::new(), given_back, &mut left);
    let mut object = BTreeMap::new();
    for (path, value) in left {
        let is_array = level.rows.contains_key(&path);
        let mut path = placed(level, path, is_array);
        let is_moved = path[0] == RECORD && !level.mapping.extra_base.is_root();
        if key.is_some() && !is_moved && [KEY, VALUE, RECORD].contains(&path[0].as_str()) {
            path.insert(0, RECORD.to_owned());
        }
        insert(&mut object, &path, value);
    }
    object.extend(key);
    match object.is_empty() {
        true => Extra::Nothing,
        false => Extra::Object(object),
    }
}

/// Every value below an object that has to be kept, by its path.
fn gather(
    level: &Level<'_>,
    object: &Json<'_>,
    path: &mut Path,
    given_back: &[Path],
    left: &mut Vec<(Path, String)>,
) {
    let members = object.members().unwrap();
    for (at, (key, value)) in members.iter().enumerate() {
        if members[at + 1..].iter().any(|(later, _)| later == key) {
            // The last of them counts.
            continue;
        }
        path.push(key.clone());
        let is_empty =
            value.members().is_some_and(<[_]>::is_empty) || value.elements().is_some_and(<[_]>::is_empty);
        if level.is_held_whole(path) || given_back.contains(path) {
            // A column has it.
        } else if level.columns.contains(path) || is_empty {
            left.push((path.clone(), value.text.to_owned()));
        } else if level.rows.contains_key(path) && value.parts().is_some() {
            // The rows below have it.
        } else if level.is_block(path) && !level.has_parts(path) && value.members().is_some() {
            gather(level, value, path, given_back, left);
        } else {
            left.push((path.clone(), value.text.to_owned()));
        }
        path.pop();
    }
}

/// Where a value stands in `extra`.
fn placed(level: &Level<'_>, path: Path, is_array: bool) -> Path {
    let (base, _) = keys(&level.mapping.extra_base);
    if base.is_empty() || (is_array && path.len() == 1 && path[0] != RECORD) {
        return path;
    }
    let is_reserved = |key: &String| key == RECORD || level.rows.contains_key(std::slice::from_ref(key));
    match path.strip_prefix(base.as_slice()) {
        Some(below) if below.first().is_some_and(|key| !is_reserved(key)) => below.to_vec(),
        _ => [vec![RECORD.to_owned()], path].concat(),
    }
}

fn insert(object: &mut BTreeMap<String, Extra>, path: &[String], value: String) {
    let (key, below) = path.split_first().unwrap();
    if below.is_empty() {
        let before = object.insert(key.clone(), Extra::Verbatim(value));
        assert_eq!(before, None, "two values under the name {key}");
        return;
    }
    let block = object.entry(key.clone()).or_insert_with(|| Extra::Object(BTreeMap::new()));
    let Extra::Object(members) = block else { panic!("a block where a value stands: {path:?}") };
    insert(members, below, value);
}

impl Extra {
    /// True for a value as the source wrote it.
    pub(crate) fn is_verbatim(&self) -> bool {
        matches!(self, Self::Verbatim(_))
    }

    /// Compares with the text of an `extra` cell; what differs, if anything.
    pub(crate) fn difference(&self, found: Option<&Json<'_>>, place: &str) -> Option<String> {
        match (self, found) {
            (Self::Nothing, None) => None,
            (Self::Verbatim(text), Some(found)) if found.text == text => None,
            (Self::Key(key), Some(found)) if found.string() == Some(key) => None,
            (Self::Object(expected), Some(found)) if found.members().is_some() => {
                let members = found.members().unwrap();
                let unique: std::collections::BTreeSet<&str> =
                    members.iter().map(|(key, _)| key.as_str()).collect();
                if unique.len() != members.len() {
                    return Some(format!("{place}: a name twice in {}", found.text));
                }
                let more = unique.into_iter().find(|key| !expected.contains_key(*key));
                match more {
                    Some(key) => Some(format!(
                        "{place}/{key}: not expected, found {}",
                        found.member(key).unwrap().text
                    )),
                    None => expected.iter().find_map(|(key, expected)| {
                        expected.difference(found.member(key), &format!("{place}/{key}"))
                    }),
                }
            }
            _ => Some(format!("{place}: expected {self:?}, found {:?}", found.map(|found| found.text))),
        }
    }
}
