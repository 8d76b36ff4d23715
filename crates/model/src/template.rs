//! Texts with places for params or columns.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text with `{name}` places, as in `/v3/agents/{agent_id}/convos` or `{turn_index}.{message_index}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    parts: Vec<TemplatePart>,
}

/// One part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TemplatePart {
    /// Text as it stands.
    Text(String),
    /// The value of this name.
    Name(String),
}

impl Template {
    /// Parses the text of a template.
    ///
    /// # Errors
    /// A `{` without its `}`, or a name that is no identifier.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            if open > 0 {
                parts.push(TemplatePart::Text(rest[..open].to_owned()));
            }
            let Some(length) = rest[open..].find('}') else {
                return Err(format!("bad template `{text}`: `{{` without its `}}`"));
            };
            let name = &rest[open + 1..open + length];
            if name.is_empty() || !name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_') {
                return Err(format!(
                    "bad template `{text}`: `{{{name}}}` is no name of letters, digits and `_`"
                ));
            }
            parts.push(TemplatePart::Name(name.to_owned()));
            rest = &rest[open + length + 1..];
        }
        if !rest.is_empty() {
            parts.push(TemplatePart::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// A template without any place.
    pub fn text(text: impl Into<String>) -> Self {
        Self { parts: vec![TemplatePart::Text(text.into())] }
    }

    /// The parts in order.
    pub fn parts(&self) -> &[TemplatePart] {
        &self.parts
    }

    /// The names that stand in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Name(name) => Some(name.as_str()),
            TemplatePart::Text(_) => None,
        })
    }

    /// The text with each name replaced by what `value` gives; `None` as soon as a name has no value.
    pub fn fill<'a>(&self, mut value: impl FnMut(&str) -> Option<&'a str>) -> Option<String> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                TemplatePart::Text(text) => filled.push_str(text),
                TemplatePart::Name(name) => filled.push_str(value(name)?),
            }
        }
        Some(filled)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            TemplatePart::Text(text) => out.write_str(text),
            TemplatePart::Name(name) => write!(out, "{{{name}}}"),
        })
    }
}

impl TryFrom<String> for Template {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.to_string()
    }
}

crate::json_schema::string_schema!(Template, "A text with `{name}` places.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_names_and_refuses_what_is_none() {
        let template = Template::parse("/v3/agents/{agent_id}/convos").unwrap();
        assert_eq!(template.fill(|_| Some("a1")).unwrap(), "/v3/agents/a1/convos");
        assert_eq!(template.to_string(), "/v3/agents/{agent_id}/convos");
        assert!(Template::parse("{open").is_err());
        assert!(Template::parse("{a b}").is_err());
    }
}
