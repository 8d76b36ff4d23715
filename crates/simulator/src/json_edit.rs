//! Changing one field of a record while all other bytes stay as they are.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// An object whose keys and values are kept as raw text, in order.
#[derive(Debug)]
pub(crate) struct RawObject<'a> {
    /// Keys with their quotes.
    fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> RawObject<'a> {
    /// `None` if the text is no object.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Raw text of the first field of that name, if its key is spelled plainly.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| is_key(key, name)).map(|(_, value)| value.as_ref())
    }

    /// The field as a whole number, if it is one.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }

    /// The field as a string, if it is one.
    pub(crate) fn string(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?).ok()
    }

    /// Gives an existing field another value; a field that is not there stays away.
    pub(crate) fn replace(&mut self, name: &str, raw_value: String) {
        if let Some((_, value)) = self.fields.iter_mut().find(|(key, _)| is_key(key, name)) {
            *value = Cow::Owned(raw_value);
        }
    }

    /// Gives a field this value whether it is there or not; without a value it is taken away.
    pub(crate) fn set(&mut self, name: &str, raw_value: Option<&str>) {
        let Some(raw_value) = raw_value else {
            self.fields.retain(|(key, _)| !is_key(key, name));
            return;
        };
        match self.fields.iter_mut().find(|(key, _)| is_key(key, name)) {
            Some((_, value)) => *value = Cow::Owned(raw_value.to_owned()),
            None => self.fields.push((format!("\"{name}\"").into(), raw_value.to_owned().into())),
        }
    }

    /// One more field, whether or not one of that name is there.
    pub(crate) fn push(&mut self, name: &str, raw_value: String) {
        self.fields.push((format!("\"{name}\"").into(), raw_value.into()));
    }

    /// Keys with their quotes, and raw values, in order.
    pub(crate) fn fields_mut(&mut self) -> &mut Vec<(Cow<'a, str>, Cow<'a, str>)> {
        &mut self.fields
    }

    /// The object's text without white space between its fields.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::from("{");
        for (position, (key, value)) in self.fields.iter().enumerate() {
            if position > 0 {
                text.push(',');
            }
            text.push_str(key);
            text.push(':');
            text.push_str(value);
        }
        text.push('}');
        text
    }
}

/// The array's text with one more element, or `None` if it is no array.
pub(crate) fn appended(array: &str, element: &str) -> Option<String> {
    let elements = array.trim().strip_prefix('[')?.strip_suffix(']')?;
    let comma = if elements.trim().is_empty() { "" } else { "," };
    Some(format!("[{elements}{comma}{element}]"))
}

fn is_key(key: &str, name: &str) -> bool {
    key.strip_prefix('"').and_then(|key| key.strip_suffix('"')) == Some(name)
}

impl<'de> Deserialize<'de> for RawObject<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = RawObject<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    fields.push((Cow::Borrowed(key.get()), Cow::Borrowed(value.get())));
                }
                Ok(RawObject { fields })
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_field_changes() {
        let text = r#"{"a\u0062":1E400,"n":1,"s":"\ud83d","n.m":-0.0}"#;
        let mut object = RawObject::parse(text).unwrap();
        object.replace("n", "2".to_owned());
        object.replace("absent", "3".to_owned());
        assert_eq!(object.to_text(), r#"{"a\u0062":1E400,"n":2,"s":"\ud83d","n.m":-0.0}"#);
        object.set("n", None);
        object.set("s", Some("null"));
        object.set("new", Some("[1]"));
        assert_eq!(object.to_text(), r#"{"a\u0062":1E400,"s":null,"n.m":-0.0,"new":[1]}"#);
        assert!(RawObject::parse("[1]").is_none());
        assert_eq!(appended("[]", "1").as_deref(), Some("[1]"));
        assert_eq!(appended("[ 1 ]", "2").as_deref(), Some("[ 1 ,2]"));
        assert_eq!(appended("null", "2"), None);
    }
}
