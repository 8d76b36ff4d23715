//! YAML text to an as-written type, and from a path in it to a line.

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_saphyr::{Error, Spanned};

use crate::config_error::{ConfigError, did_you_mean};

/// Parses `text` into an as-written type.
pub(crate) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, ConfigError> {
    serde_saphyr::from_str(text).map_err(|error| explain(file, error.without_snippet()))
}

fn explain(file: &str, error: &Error) -> ConfigError {
    let line = error.location().map_or(0, |location| location.line());
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            ConfigError::new(file, line, format!("unknown field `{field}`"))
                .with_hint(did_you_mean(field, expected.iter().copied()))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            ConfigError::new(file, line, format!("`{variant}` is not a known value"))
                .with_hint(did_you_mean(variant, expected.iter().copied()))
        }
        Error::SerdeMissingField { field, .. } => {
            ConfigError::new(file, line, format!("missing field `{field}`"))
                .with_hint(Some(format!("add `{field}:` to the block that begins here")))
        }
        Error::SerdeInvalidType { unexpected, expected, .. } => {
            ConfigError::new(file, line, format!("expected {expected}, found {unexpected}"))
        }
        other => ConfigError::new(file, line, other.to_string()),
    }
}

/// A YAML document as nested nodes with their lines; built only to say where a validation error stands.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Node {
    Map(IndexMap<String, Spanned<Node>>),
    Other(serde::de::IgnoredAny),
}

/// The line of the node at `path` (its keys from the root), or of the deepest ancestor that exists; 0 where the
/// text is no YAML mapping at all.
pub(crate) fn line_of(text: &str, path: &[&str]) -> u64 {
    let Ok(root) = serde_saphyr::from_str::<Spanned<Node>>(text) else { return 0 };
    let mut node = &root;
    for key in path {
        match &node.value {
            Node::Map(entries) => match entries.get(*key) {
                Some(child) => node = child,
                None => break,
            },
            Node::Other(_) => break,
        }
    }
    node.referenced.line()
}
