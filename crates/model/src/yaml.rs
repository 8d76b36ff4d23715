//! YAML text to an as-written type, and from a path in it to a line.

mod explain;

use std::fmt;

use indexmap::IndexMap;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use self::explain::explain;
use crate::config_error::ConfigError;

/// Parses `text` into an as-written type.
pub(crate) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, ConfigError> {
    serde_saphyr::from_str_with_options(text, options())
        .map_err(|error| explain(file, text, error.without_snippet()))
}

/// A lone value, as on a command line; `None` where the text is no YAML of this type.
pub(crate) fn value<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_saphyr::from_str_with_options(text, options()).ok()
}

/// YAML 1.2: only `true` and `false` are booleans, so that `no` and `y` stay words. Ids such as `007` and `1_000` stay as written.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true, leading_zero_numbers_as_strings: true, underscored_numbers_as_strings: true
    }
}

/// A YAML document as nested nodes with their lines; built only to say where a validation error stands.
enum Node {
    Map(IndexMap<String, Spanned<Node>>),
    Other,
}

// Not `untagged`, which reads into a buffer first, and lines are lost on the way.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any YAML")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = IndexMap::new();
        while let Some((key, node)) = map.next_entry::<String, Spanned<Node>>()? {
            entries.insert(key, node);
        }
        Ok(Node::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Node::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }
}

/// The line of the node at `path` (its keys from the root), or of the deepest ancestor that exists; 0 where the
/// text is no YAML mapping at all.
pub(crate) fn line_of(text: &str, path: &[&str]) -> u64 {
    let Ok(root) = serde_saphyr::from_str::<Spanned<Node>>(text) else {
        return 0;
    };
    let mut node = &root;
    for key in path {
        match &node.value {
            Node::Map(entries) => match entries.get(*key) {
                Some(child) => node = child,
                None => break,
            },
            Node::Other => break,
        }
    }
    node.referenced.line()
}
