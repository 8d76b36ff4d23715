//! Looking into JSON text without decoding what is not looked for.

use std::borrow::Cow;
use std::fmt;

use convolake_model::Pointer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
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
        [_, rest @ ..] => descend(found.next()??, rest),
    }))
}

/// The raw text at `path` within `text`, which is JSON.
pub(super) fn descend<'a>(text: &'a str, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(text, |text, key| pick(text, &[key]).ok()?.pop()?)
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
struct Key<'de>(Cow<'de, [u8]>);

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
