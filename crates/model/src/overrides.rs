//! Overrides of fields of a pipeline: `--set KEY=VALUE`.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::{without_secrets, yaml};

/// What stands for no value at all: what templates and shells leave of a variable that is not set.
const NO_VALUES: [&str; 8] = ["null", "Null", "NULL", "~", "\"\"", "''", "{}", "undefined"];

/// One `--set KEY=VALUE`: a dotted path into the pipeline file, and a YAML value for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    path: Vec<String>,
    value: Value,
}

impl Override {
    /// An override of the field at `path` (keys from the root).
    pub fn new(path: &[&str], value: impl Into<Value>) -> Self {
        Self { path: path.iter().map(|key| (*key).to_owned()).collect(), value: value.into() }
    }

    /// The dotted path, as the user wrote it.
    pub fn key(&self) -> String {
        self.path.join(".")
    }

    /// Puts the value into `document`, making the blocks on the way.
    pub(crate) fn apply(&self, document: &mut Value) {
        let mut node = document;
        for key in &self.path {
            if !node.is_object() {
                *node = Value::Object(serde_json::Map::new());
            }
            let Value::Object(entries) = node else { return };
            node = entries.entry(key.clone()).or_insert(Value::Null);
        }
        *node = self.value.clone();
    }

    /// The params that it sets, or sets something of.
    pub(crate) fn params(&self) -> Vec<&str> {
        match (self.path.as_slice(), &self.value) {
            ([root, name, ..], _) if root == "params" => vec![name],
            ([root], Value::Object(params)) if root == "params" => {
                params.keys().map(String::as_str).collect()
            }
            _ => Vec::new(),
        }
    }

    /// True where the override is of the field at `path`.
    pub(crate) fn is_of(&self, path: &[&str]) -> bool {
        self.path.iter().map(String::as_str).eq(path.iter().copied())
    }
}

/// As it is written: `KEY=VALUE`, with the value in JSON, which is YAML.
impl fmt::Display for Override {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}={}", self.key(), self.value)
    }
}

impl FromStr for Override {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let Some((key, value)) = text.split_once('=') else {
            return Err(format!(
                "`{}` has no `=`; write KEY=VALUE, as in params.agent_id=a1",
                without_secrets(text)
            ));
        };
        if key.is_empty() || key.split('.').any(str::is_empty) {
            return Err(format!(
                "`{}` is no field; write its names with dots, as in params.agent_id",
                without_secrets(key)
            ));
        }
        let text = || Value::String(value.to_owned());
        // An id such as 007 or `no` is text, whatever YAML makes of it; a value that is no YAML is meant as text, too, where no
        // bracket says otherwise.
        let value = match (key.starts_with("params."), value.chars().next()) {
            (true, _) if NO_VALUES.contains(&value) => Value::String(String::new()),
            (true, Some('[')) => yaml::value::<Vec<String>>(value).map(Value::from).ok_or_else(|| {
                format!("`{value}` is no list of texts; write [a, b], or the file's `params:` for a value that begins with [")
            })?,
            (true, Some('{')) => yaml::value(value).unwrap_or_else(text),
            (false, Some('{' | '[')) => yaml::value(value).ok_or_else(|| {
                format!("what stands behind `{key}=` does not read: a bracket or a quote is not closed, or a comma is missing")
            })?,
            (false, _) => yaml::value(value).unwrap_or_else(text),
            (true, _) => text(),
        };
        Ok(Self { path: key.split('.').map(str::to_owned).collect(), value })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_yaml() {
        let mut document = json!({"params": {"a": {"required": true}}});
        for text in
            ["params.a=[x, y]", "rate_limit.requests_per_second=2.5", "base_url=http://127.0.0.1:8080"]
        {
            text.parse::<Override>().unwrap().apply(&mut document);
        }
        assert_eq!(
            document,
            json!({"params": {"a": ["x", "y"]}, "rate_limit": {"requests_per_second": 2.5},
                   "base_url": "http://127.0.0.1:8080"})
        );
        assert!(
            "rate_limit={per: stream"
                .parse::<Override>()
                .unwrap_err()
                .contains("`rate_limit=` does not read")
        );
        assert!("nothing".parse::<Override>().is_err());
        assert!("a..b=1".parse::<Override>().is_err());
    }
}
