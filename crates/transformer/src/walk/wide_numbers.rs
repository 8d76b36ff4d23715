//! Numbers beyond a double in `extra`: many readers of JSON refuse the whole cell for one, so there they stand as texts.
//!
//! A member `_numbers` lists them by their JSON Pointers in `extra`, so that they are told from texts of the source. If a field of
//! that name stands there already, the member's name gets underscores behind it until there is none.

use crate::json::{Failed, Kind, Reader, pointer, unescape};

/// The name of the member that lists them.
const NUMBERS: &str = "_numbers";

/// Where numbers stand that are beyond a double.
#[derive(Default)]
struct WideNumbers {
    /// The bytes of each, in order, and its pointer.
    found: Vec<(std::ops::Range<usize>, String)>,
    /// The names of the members of the outermost object.
    names: Vec<String>,
}

/// Rewrites the text of an object in which such numbers may stand; it stays as it is where there is none.
#[cold]
pub(super) fn rewrite(extra: &mut String) {
    let mut wide = WideNumbers::default();
    let mut reader = Reader::new(extra);
    if wide.value(&mut reader, "").is_err() || wide.found.is_empty() {
        return;
    }
    let mut written = String::with_capacity(extra.len() + 64);
    let mut from = 0;
    for (bytes, _) in &wide.found {
        written.push_str(extra.get(from..bytes.start).unwrap_or_default());
        written.push('"');
        written.push_str(extra.get(bytes.clone()).unwrap_or_default());
        written.push('"');
        from = bytes.end;
    }
    written.push_str(extra.get(from..).unwrap_or_default());
    if written.ends_with('}') {
        let mut name = NUMBERS.to_owned();
        while wide.names.contains(&name) {
            name.push('_');
        }
        written.pop();
        written.push_str(&format!(",\"{name}\":["));
        for (at, (_, pointer)) in wide.found.iter().enumerate() {
            written.push_str(if at == 0 { "\"" } else { ",\"" });
            written.push_str(crate::json::Key::new(pointer.clone()).json());
            written.push('"');
        }
        written.push_str("]}");
    }
    *extra = written;
}

impl WideNumbers {
    /// Looks through the value that comes next, which stands at `at`. What is nested deeper than readers bear is no part of `extra`.
    fn value(&mut self, reader: &mut Reader<'_>, at: &str) -> Result<(), Failed> {
        match reader.peek()? {
            Kind::Object => {
                let mut has_more = reader.enter_object();
                while has_more {
                    let name = unescape(reader.key()?).into_owned();
                    self.value(reader, &format!("{at}{}", pointer::of_keys(std::slice::from_ref(&name))))?;
                    if at.is_empty() {
                        self.names.push(name);
                    }
                    has_more = reader.next_member()?;
                }
            }
            Kind::Array => {
                let mut has_more = reader.enter_array();
                let mut index = 0_usize;
                while has_more {
                    self.value(reader, &format!("{at}/{index}"))?;
                    index += 1;
                    has_more = reader.next_element()?;
                }
            }
            kind => {
                let start = reader.offset();
                reader.skip_kind(kind)?;
                let is_wide = |text: &str| text.parse::<f64>().is_ok_and(f64::is_infinite);
                if kind == Kind::Number && is_wide(reader.since(start)) {
                    self.found.push((start..reader.offset(), at.to_owned()));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(extra: &str, expected: &str) {
        let mut written = extra.to_owned();
        rewrite(&mut written);
        assert_eq!(written, expected);
        assert!(serde_json::from_str::<serde_json::Value>(&written).is_ok());
    }

    #[test]
    fn numbers_beyond_a_double_are_texts_and_listed() {
        check(r#"{"a":1e308,"b":"1e400","c":1e-400}"#, r#"{"a":1e308,"b":"1e400","c":1e-400}"#);
        check(r#"{"a":1e400}"#, r#"{"a":"1e400","_numbers":["/a"]}"#);
        check(
            r#"{"a":{"b/c":[1, -1e999]},"d":"1e400"}"#,
            r#"{"a":{"b/c":[1, "-1e999"]},"d":"1e400","_numbers":["/a/b~1c/1"]}"#,
        );
        check(
            r#"{"_numbers":1e400,"_numbers_":[]}"#,
            r#"{"_numbers":"1e400","_numbers_":[],"_numbers__":["/_numbers"]}"#,
        );
        let long = format!("1{}", "0".repeat(400));
        check(&format!(r#"{{"a":{long}}}"#), &format!(r#"{{"a":"{long}","_numbers":["/a"]}}"#));
    }
}
