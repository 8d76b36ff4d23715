//! Members of objects that were read, as the text they stand in.

use super::reader::Reader;
use super::string::unescape;

/// A key without its quotes, its escapes as they are.
pub(crate) fn unquoted(key: &str) -> &str {
    key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key)
}

/// The text of an object's member; of several under one key, the last. `None` also where the object is no JSON.
pub(crate) fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut found = None;
    each(object, |key, value| {
        if unescape(key) == name {
            found = Some(value);
        }
    })?;
    found
}

/// How many members an object has.
pub(crate) fn count(object: &str) -> i64 {
    let mut count = 0;
    each(object, |_, _| count += 1);
    count
}

/// The members of an object: each key without its quotes, and the text of its value.
fn each<'a>(object: &'a str, mut member: impl FnMut(&'a str, &'a str)) -> Option<()> {
    let mut reader = Reader::new(object);
    reader.peek().ok()?;
    let mut has_more = reader.enter_object();
    while has_more {
        let key = reader.key().ok()?;
        let value = reader.skip().ok()?;
        member(key, value);
        has_more = reader.next_member().ok()?;
    }
    Some(())
}
