//! Looking into JSON text without decoding what is not looked for.

use std::borrow::Cow;
use std::fmt;

use convolake_model::Pointer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The raw text at each pointer, in one pass over the document and one over each value that leads further down.
pub(super) fn values<'a, const N: usize>(
    text: &'a str,
    pointers: [Option<&Pointer>; N],
) -> Result<[Option<&'a str>; N], serde_json::Error> {
    let paths = pointers.map(|pointer| pointer.and_then(Pointer::keys));
    let keys: Vec<&str> = paths.iter().flatten().filter_map(|path| path.first().copied()).collect();
    let found = match text.starts_with('{') {
        true => pick(text, &keys)?,
        // Not looked into, but it has to be JSON from start to end.
        false => serde_json::from_str::<&RawValue>(text).map(|_| vec![None; keys.len()])?,
    };
    let mut found = found.into_iter();
    Ok(paths.map(|path| match path.as_deref()? {
        [] => Some(text),
        path if text.starts_with('[') => descend(text, path),
        [_, rest @ ..] => descend(found.next()??, rest),
    }))
}

/// The raw text at `path` within `text`, which is JSON: members of objects by key, elements of arrays by index.
pub(super) fn descend<'a>(text: &'a str, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(text, |text, key| match text.starts_with('[') {
        true => element(text, index(key)?),
        false => pick(text, &[key]).ok()?.pop()?,
    })
}

/// The index that a step of a JSON Pointer names (RFC 6901): digits without a leading zero.
pub(super) fn index(key: &str) -> Option<usize> {
    let is_index = key.bytes().all(|byte| byte.is_ascii_digit()) && (key == "0" || !key.starts_with('0'));
    key.parse().ok().filter(|_| is_index)
}

/// The raw text of one element of an array; `None` where it has fewer.
fn element(text: &str, index: usize) -> Option<&str> {
    serde_json::Deserializer::from_str(text).deserialize_seq(Nth { index }).ok()?
}

struct Nth {
    index: usize,
}

impl<'de> Visitor<'de> for Nth {
    type Value = Option<&'de str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        for _ in 0..self.index {
            if elements.next_element::<IgnoredAny>()?.is_none() {
                return Ok(None);
            }
        }
        let found: Option<&RawValue> = elements.next_element()?;
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found.map(RawValue::get))
    }
}

/// The names of an object's members, in order; none for any other value. Of many only the first.
pub(super) fn names(text: &str, n_max: usize) -> Vec<String> {
    let visited = serde_json::Deserializer::from_str(text).deserialize_map(Names { n_max });
    visited.unwrap_or_default()
}

/// The members of an object, in order, with the raw text of each; none for any other value.
pub(super) fn members(text: &str) -> Vec<(String, &str)> {
    serde_json::Deserializer::from_str(text).deserialize_map(Members).unwrap_or_default()
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de str)>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some((Key(key), value)) = members.next_entry::<Key<'de>, &'de RawValue>()? {
            found.push((String::from_utf8_lossy(&key).into_owned(), value.get()));
        }
        Ok(found)
    }
}

struct Names {
    n_max: usize,
}

impl<'de> Visitor<'de> for Names {
    type Value = Vec<String>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut names = Vec::new();
        while let Some((Key(key), IgnoredAny)) = members.next_entry()? {
            if names.len() < self.n_max {
                names.push(String::from_utf8_lossy(&key).into_owned());
            }
        }
        Ok(names)
    }
}

/// The raw text of these members of an object, `None` for those it lacks.
pub(super) fn pick<'a>(text: &'a str, keys: &[&str]) -> Result<Vec<Option<&'a str>>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let picked = deserializer.deserialize_map(Pick { keys })?;
    deserializer.end()?;
    Ok(picked)
}

struct Pick<'k> {
    keys: &'k [&'k str],
}

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = Vec<Option<&'de str>>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut picked = vec![None; self.keys.len()];
        while let Some(Key(key)) = members.next_key()? {
            let mut wanted =
                self.keys.iter().enumerate().filter(|(_, wanted)| wanted.as_bytes() == &*key).peekable();
            if wanted.peek().is_none() {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let value: &RawValue = members.next_value()?;
            for (place, _) in wanted {
                picked[place] = Some(value.get());
            }
        }
        Ok(picked)
    }
}

/// A key as bytes: as text, one with a lone surrogate would fail the page.
pub(super) struct Key<'de>(Cow<'de, [u8]>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a key")
            }
            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(bytes)))
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(bytes.to_vec())))
            }
        }
        deserializer.deserialize_bytes(KeyVisitor)
    }
}
