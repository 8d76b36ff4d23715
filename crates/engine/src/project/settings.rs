//! The fields of a pipeline that `--set` can set, as far as its JSON Schema and its own names tell.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Project;
use crate::project::builtin;

/// Blocks within blocks within streams; what lies deeper is set with its block.
const MAX_DEPTH: usize = 6;

impl Project {
    /// The dotted names of the fields that hold a value, for whoever completes a command line.
    pub fn settable_fields(&self) -> Vec<String> {
        let text = builtin::text("schemas/pipeline.schema.json").unwrap_or_default();
        let schema: Value = serde_json::from_str(text).unwrap_or_default();
        let mut walk = Walk { project: self, root: &schema, found: BTreeSet::new() };
        walk.visit(&schema, "", MAX_DEPTH);
        walk.found.into_iter().collect()
    }
}

struct Walk<'a> {
    project: &'a Project,
    root: &'a Value,
    found: BTreeSet<String>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, schema: &'a Value, at: &str, depth: usize) {
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let target = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            if let (Some(target), 1..) = (target, depth) {
                self.visit(target, at, depth - 1);
            }
            return;
        }
        for choice in
            ["anyOf", "oneOf", "allOf"].iter().filter_map(|name| schema.get(name)?.as_array()).flatten()
        {
            self.visit(choice, at, depth);
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, inner) in properties.into_iter().flatten() {
            self.visit(inner, &joined(at, name), depth);
        }
        let named: Vec<&str> = match at {
            "params" => self.project.pipeline.params.keys().map(String::as_str).collect(),
            "streams" => self.project.pipeline.streams.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        match schema.get("additionalProperties") {
            Some(_) if at == "params" => self.found.extend(named.iter().map(|name| joined(at, name))),
            Some(inner) if at == "streams" => {
                named.iter().for_each(|name| self.visit(inner, &joined(at, name), depth));
            }
            _ => {}
        }
        let is_value = properties.is_none() && is_scalar(schema) && !at.is_empty();
        if is_value {
            self.found.insert(at.to_owned());
        }
    }
}

fn joined(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn is_scalar(schema: &Value) -> bool {
    let is_one = |name: &Value| matches!(name.as_str(), Some("string" | "number" | "integer" | "boolean"));
    match schema.get("type") {
        Some(Value::Array(names)) => names.iter().any(is_one),
        Some(name) => is_one(name),
        None => schema.get("enum").is_some() || schema.get("const").is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn params_streams_and_fields_of_the_schema_are_named() {
        let fields = Project::load("agentx", &[]).unwrap().settable_fields();
        for field in [
            "base_url",
            "params.bot_name",
            "rate_limit.requests_per_second",
            "streams.messages.slices.lookback",
            "timeouts.total",
        ] {
            assert!(fields.iter().any(|known| known == field), "no {field} in {fields:?}");
        }
        assert!(!fields.iter().any(|field| field.ends_with('.') || field == "streams"), "{fields:?}");
    }
}
