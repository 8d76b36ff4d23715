//! JSON Pointers with a step for each element of an array.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A JSON Pointer (RFC 6901) in which the step `*` stands for each element of an array, or each member of an object.
///
/// `""` is the value itself. A step of digits names an element of an array by its index, from 0, and a member of an object
/// by its key. Keys may hold dots; `/` and `~` in a key are written `~1` and `~0`, and a key that
/// is a lone `*` is written `~2` (an extension, since `*` is taken).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pointer {
    steps: Vec<PointerStep>,
}

/// One step of a [`Pointer`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PointerStep {
    /// The member of an object under this key.
    Key(String),
    /// Each element of an array, or each member of an object.
    Each,
}

impl Pointer {
    /// The pointer to the value itself.
    pub const fn root() -> Self {
        Self { steps: Vec::new() }
    }

    /// The pointer of these steps.
    pub fn of(steps: &[PointerStep]) -> Self {
        Self { steps: steps.to_vec() }
    }

    /// Parses the text of a pointer.
    ///
    /// # Errors
    /// What is wrong with the text, and how to write it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::root());
        }
        let Some(rest) = text.strip_prefix('/') else {
            return Err(format!("bad JSON Pointer `{text}`: it begins with `/`, as in `/{text}`"));
        };
        rest.split('/').map(|step| unescape(step, text)).collect::<Result<_, _>>().map(|steps| Self { steps })
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[PointerStep] {
        &self.steps
    }

    /// True where some step is `*`.
    pub fn has_each(&self) -> bool {
        self.steps.contains(&PointerStep::Each)
    }

    /// True for the pointer to the value itself.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// `self` up to its last `*`, and what follows that; all of it follows where it has none.
    pub fn split_at_last_each(&self) -> (Self, Self) {
        let head = self.steps.iter().rposition(|step| *step == PointerStep::Each).map_or(0, |at| at + 1);
        let (head, tail) = self.steps.split_at(head);
        (Self::of(head), Self::of(tail))
    }

    /// The longest beginning that `self` and `other` share and that ends with `*`; the root where there is none.
    #[must_use]
    pub fn shared_elements(&self, other: &Self) -> Self {
        let n_same = self.steps.iter().zip(&other.steps).take_while(|(one, other)| one == other).count();
        Self::of(&self.steps[..n_same]).split_at_last_each().0
    }

    /// `self` followed by `tail`.
    #[must_use]
    pub fn join(&self, tail: &Self) -> Self {
        Self { steps: self.steps.iter().chain(&tail.steps).cloned().collect() }
    }

    /// The rest of `self` after `head`, where `head` is a beginning of it.
    pub fn strip(&self, head: &Self) -> Option<Self> {
        self.steps.strip_prefix(head.steps.as_slice()).map(|rest| Self { steps: rest.to_vec() })
    }

    /// The keys of a pointer without `*`.
    pub fn keys(&self) -> Option<Vec<&str>> {
        self.steps
            .iter()
            .map(|step| match step {
                PointerStep::Key(key) => Some(key.as_str()),
                PointerStep::Each => None,
            })
            .collect()
    }
}

fn unescape(step: &str, whole: &str) -> Result<PointerStep, String> {
    if step == "*" {
        return Ok(PointerStep::Each);
    }
    let mut key = String::with_capacity(step.len());
    let mut chars = step.chars();
    while let Some(char) = chars.next() {
        match (char, char == '~') {
            (_, false) => key.push(char),
            (_, true) => match chars.next() {
                Some('0') => key.push('~'),
                Some('1') => key.push('/'),
                Some('2') => key.push('*'),
                _ => {
                    return Err(format!(
                        "bad JSON Pointer `{whole}`: `~` is written `~0`, `/` in a key `~1`"
                    ));
                }
            },
        }
    }
    Ok(PointerStep::Key(key))
}

impl fmt::Display for Pointer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            match step {
                PointerStep::Each => out.write_str("/*")?,
                PointerStep::Key(key) if key == "*" => out.write_str("/~2")?,
                PointerStep::Key(key) => write!(out, "/{}", key.replace('~', "~0").replace('/', "~1"))?,
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Pointer {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Pointer> for String {
    fn from(pointer: Pointer) -> Self {
        pointer.to_string()
    }
}

crate::json_schema::string_schema!(
    Pointer,
    "A JSON Pointer (RFC 6901), with array indexes; `*` stands for each element of an array or member of an object."
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_shown_parses_back(keys in proptest::collection::vec(any::<String>(), 0..4)) {
            let pointer = Pointer { steps: keys.into_iter().map(PointerStep::Key).collect() };
            prop_assert_eq!(Pointer::parse(&pointer.to_string()), Ok(pointer));
        }
    }

    #[test]
    fn each_element_and_dots_in_keys() {
        let pointer = Pointer::parse("/turns/*/order.id").unwrap();
        assert_eq!(pointer.steps()[1], PointerStep::Each);
        assert_eq!(pointer.steps()[2], PointerStep::Key("order.id".into()));
        assert!(Pointer::parse("turns").unwrap_err().contains("`/turns`"));
        assert!(Pointer::parse("/a~").is_err());
    }

    #[test]
    fn elements_that_two_pointers_share() {
        let pointer = |text: &str| Pointer::parse(text).unwrap();
        for (one, other, expected) in [
            ("/data/*/data/object", "/data/*/id", "/data/*"),
            ("/data/*/items/*", "/data/*/items/*/x", "/data/*/items/*"),
            ("/data/*", "/data/0/id", ""),
            ("/data", "/data", ""),
        ] {
            assert_eq!(pointer(one).shared_elements(&pointer(other)), pointer(expected), "{one} {other}");
        }
    }
}
