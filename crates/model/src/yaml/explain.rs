//! What is wrong with a YAML text, in our words. No value is repeated: it may be a secret that stands where none belongs.

use serde_saphyr::Error;

use crate::config_error::{ConfigError, did_you_mean};

/// What stands under a field that is a block or a list, as an example to copy.
const EXAMPLES: [(&str, &str); 18] = [
    ("auth", "{ header: x-api-key, env: MY_KEY }"),
    ("basic", "{ user_env: MY_USER, password_env: MY_PASSWORD }"),
    ("params", "{ agent_id: { required: true } }"),
    ("rate_limit", "{ requests_per_second: 2 }"),
    ("timeouts", "{ idle: 60s }"),
    ("streams", "{ messages: { path: /messages, .. } }"),
    ("query", "{ limit: 100 }"),
    ("slices", "{ window: 1d, from: start, until: end, format: unix_seconds }"),
    ("open", "{ began: started_at, changed: modified_at, quiet: 2d }"),
    ("pages", "{ number: page } or { cursor: /next, param: cursor }"),
    ("size", "{ param: limit, sizes: [100] }"),
    ("sizes", "[100, 20]"),
    ("ends", "[404, null_records]"),
    ("failed", "[{ at: /status, is: error }]"),
    ("changed", "{ list: list, param: ids, batch: 20 }"),
    ("declares", "{ column: messages_declared, rows: messages }"),
    ("by_parent", "{ param: conversation_id }"),
    ("partition", "{ month: sent_at }"),
];

/// The error of a file.
pub(super) fn explain(file: &str, text: &str, error: &Error) -> ConfigError {
    let location = error.location();
    let line = location.map_or(0, |location| location.line());
    let field = location.and_then(|location| field_at(text, location.line(), location.column()));
    let here = |message: String| ConfigError::new(file, line, message);
    let of = |field: Option<&str>| field.map(|field| format!(" under `{field}`")).unwrap_or_default();
    let wanted = |what: &str| {
        let example = field.and_then(|field| {
            let (_, example) = EXAMPLES.iter().find(|(name, _)| *name == field)?;
            Some(format!("write `{field}: {example}`"))
        });
        here(format!("{what} was expected{}", of(field))).with_hint(example)
    };
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            here(format!("unknown field `{field}`")).with_hint(did_you_mean(field, expected.iter().copied()))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => here(format!("`{variant}` is not a known value"))
            .with_hint(did_you_mean(variant, expected.iter().copied())),
        Error::SerdeMissingField { field, .. } => {
            let hint = match stray(text, line, field) {
                Some(at) => format!("`{field}:` stands in line {at}, and is indented otherwise than the block it belongs to"),
                None => format!("add `{field}:` to the block that begins here"),
            };
            here(format!("missing field `{field}`")).with_hint(Some(hint))
        }
        Error::SerdeInvalidType { expected, unexpected, .. }
        | Error::SerdeInvalidValue { expected, unexpected, .. } => {
            let wanted = wanted(expected);
            ConfigError { message: format!("{}, found {}", wanted.message, kind(unexpected)), ..wanted }
        }
        Error::SerdeInvalidLength { expected, .. } => wanted(expected),
        Error::NullIntoString { .. } => {
            here(format!("a text was expected{}, and nothing stands there (or null, or ~)", of(field)))
                .with_hint(Some("write the value, or leave the field out; the text itself is written \"null\" or \"~\"".into()))
        }
        Error::InvalidScalar { ty, .. } => wanted(scalar(ty)),
        Error::InvalidBooleanStrict { .. } => wanted("`true` or `false`"),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().map(|key| format!("`{key}`")).unwrap_or_else(|| "a field".to_owned());
            here(format!("{key} stands twice in one block")).with_hint(Some("leave one of the two out".into()))
        }
        Error::Unexpected { expected, .. } => wanted(match *expected {
            "mapping start" | "mapping end" => "a block of fields",
            "sequence start" => "a list",
            "string scalar" | "scalar" => "a single value",
            _ => "another value",
        }),
        Error::MultipleDocuments { .. } => here("a second document begins here (`---`)".to_owned())
            .with_hint(Some("a file holds one".into())),
        Error::Eof { .. } => here("the file ends too early, or holds nothing".to_owned()),
        Error::UnknownAnchor { .. } => here("an alias (`*name`) has no anchor (`&name`)".to_owned())
            .with_hint(Some("a text that begins with `*` or `&` is written in quotes".into())),
        Error::Message { msg, .. } => here(msg.clone()),
        _ => here("this is no YAML: a block, a quote or a bracket does not end as it should, or a line is indented otherwise \
                   than its neighbours"
            .to_owned())
        .with_hint(Some("fields of one block begin in the same column, and a text with a sign of YAML in it (as @ % \\ or `: `) stands in single \
            quotes; look at this line and the one before".into())),
    }
}

/// The line of a field that stands right behind this line, outside of the block that lacks it.
fn stray(text: &str, line: u64, field: &str) -> Option<u64> {
    let is_field =
        |text: &str| text.trim_start().strip_prefix(field).is_some_and(|rest| rest.starts_with(':'));
    (1..)
        .zip(text.lines())
        .find(|(at, text)| (line + 1..=line + 2).contains(at) && is_field(text))
        .map(|(at, _)| at)
}

/// What kind of value it is; the value is left out.
fn kind(unexpected: &str) -> &'static str {
    let first = unexpected.split([' ', '`']).next().unwrap_or_default();
    match first {
        "string" | "character" | "byte" => "a text",
        "integer" | "floating" => "a number",
        "boolean" => "true or false",
        "sequence" => "a list",
        "map" | "struct" => "a block",
        "unit" | "null" | "Option" => "nothing (or null, or ~)",
        _ => "something else",
    }
}

/// The words for a type of numbers or a boolean.
fn scalar(ty: &str) -> &'static str {
    match ty {
        "boolean" => "`true` or `false`",
        "floating point" | "f32" | "f64" => "a number",
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "a whole number from 0 on",
        _ => "a whole number",
    }
}

/// The name of the field whose value stands at this place (line and column from 1); what stands below a field, as a block or a
/// list, is its value too.
fn field_at(text: &str, line: u64, column: u64) -> Option<&str> {
    let at = usize::try_from(line).ok()?.checked_sub(1)?;
    let lines: Vec<&str> = text.lines().take(at + 1).collect();
    let here = lines.get(at)?;
    let width = here
        .char_indices()
        .nth(usize::try_from(column).ok()?.saturating_sub(1))
        .map_or(here.len(), |(at, _)| at);
    let before = here[..width].trim_end_matches([' ', '-', '[']);
    if let Some(field) = last_field(before).or_else(|| first_field(&here[width..])) {
        return Some(field);
    }
    let is_first = before.is_empty();
    is_first
        .then(|| lines[..at].iter().rev().find(|line| !line.trim().is_empty()).copied())?
        .and_then(last_field)
}

/// The field that a text ends with, as in `{ param: limit, sizes:`.
fn last_field(before: &str) -> Option<&str> {
    // In JSON, which is YAML too, names stand in quotes.
    let name = before.trim_end().strip_suffix(':')?.trim_end_matches('"');
    let is_of_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let begin = name.rfind(|char| !is_of_name(char)).map_or(0, |at| at + 1);
    Some(&name[begin..]).filter(|name| !name.is_empty())
}

/// The field that a text begins with, as in `auth: token`.
fn first_field(text: &str) -> Option<&str> {
    let (name, _) = text.trim_start().split_once(':')?;
    let is_of_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    Some(name).filter(|name| !name.is_empty() && name.chars().all(is_of_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_of_a_place() {
        let text = "rate_limit: fast\npages:\n  - x\nsize: { param: limit, sizes: 7 }\n";
        for (line, column, field) in [
            (1, 13, Some("rate_limit")),
            (3, 3, Some("pages")),
            (3, 5, Some("pages")),
            (4, 30, Some("sizes")),
            (4, 16, Some("param")),
            (9, 1, None),
            (0, 0, None),
        ] {
            assert_eq!(field_at(text, line, column), field, "{line}:{column}");
        }
    }

    #[test]
    fn values_are_named_by_their_kind() {
        for (unexpected, expected) in [
            ("string \"S3cret\"", "a text"),
            ("integer `7`", "a number"),
            ("floating point `1.5`", "a number"),
            ("boolean `true`", "true or false"),
            ("sequence", "a list"),
            ("map", "a block"),
            ("unit value", "nothing (or null, or ~)"),
            ("null", "nothing (or null, or ~)"),
        ] {
            assert_eq!(kind(unexpected), expected);
        }
    }
}
