//! A record's JSON in one spelling, so that what does not change it does not change its hash: the order of an object's keys, white
//! space, escapes in texts, and what a pipeline leaves out. Numbers stay as they are spelled.

use std::borrow::Cow;
use std::fmt;

use convolake_model::{Comparison, Pointer, PointerStep};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Records are nested far less; deeper down values count as they are spelled.
const DEPTH_MAX: usize = 100;

/// The record in one spelling; what cannot be taken apart, such as a text cut within a surrogate pair, stands as it was sent.
pub(super) fn canonical(record: &str, comparison: &Comparison) -> String {
    let steps =
        |pointers: &'_ [Pointer]| pointers.iter().map(|pointer| pointer.steps().to_vec()).collect::<Vec<_>>();
    let (ignore, unordered) = (steps(&comparison.ignore), steps(&comparison.unordered));
    let mut text = String::with_capacity(record.len());
    let left_out: Vec<&[PointerStep]> = ignore.iter().map(Vec::as_slice).collect();
    let sets: Vec<&[PointerStep]> = unordered.iter().map(Vec::as_slice).collect();
    write(&mut text, record, &Paths { left_out, sets }, 0);
    text
}

/// The pointers that lead on below a value, each from that value on.
struct Paths<'a> {
    left_out: Vec<&'a [PointerStep]>,
    sets: Vec<&'a [PointerStep]>,
}

impl<'a> Paths<'a> {
    /// Below the member or element that `is_step` names.
    fn below(&self, is_step: impl Fn(&PointerStep) -> bool) -> Self {
        let below = |paths: &[&'a [PointerStep]]| -> Vec<&'a [PointerStep]> {
            let path = |path: &&'a [PointerStep]| {
                path.split_first().filter(|(step, _)| is_step(step)).map(|(_, rest)| rest)
            };
            paths.iter().filter_map(path).collect()
        };
        Self { left_out: below(&self.left_out), sets: below(&self.sets) }
    }

    fn is_left_out(&self) -> bool {
        self.left_out.iter().any(|path| path.is_empty())
    }

    fn is_set(&self) -> bool {
        self.sets.iter().any(|path| path.is_empty())
    }
}

fn write(text: &mut String, value: &str, paths: &Paths<'_>, depth: usize) {
    let is_written = depth < DEPTH_MAX
        && match value.as_bytes().first() {
            Some(b'{') => write_object(text, value, paths, depth),
            Some(b'[') => write_array(text, value, paths, depth),
            Some(b'"') => write_text(text, value),
            _ => false,
        };
    if !is_written {
        text.push_str(value);
    }
}

fn write_object(text: &mut String, value: &str, paths: &Paths<'_>, depth: usize) -> bool {
    let Ok(Members(mut members)) = serde_json::from_str::<Members<'_>>(value) else { return false };
    // Stable, so that of a key that stands twice both values stay, in their order.
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    text.push('{');
    let mut is_first = true;
    for (key, member) in members {
        // `*` is each member, too.
        let below = paths.below(|step| match step {
            PointerStep::Key(name) => *name == key,
            PointerStep::Each => true,
        });
        if below.is_left_out() {
            continue;
        }
        if !is_first {
            text.push(',');
        }
        is_first = false;
        text.push_str(&serde_json::to_string(&key).unwrap_or_default());
        text.push(':');
        write(text, member.get(), &below, depth + 1);
    }
    text.push('}');
    true
}

fn write_array(text: &mut String, value: &str, paths: &Paths<'_>, depth: usize) -> bool {
    let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(value) else { return false };
    let mut written = Vec::with_capacity(elements.len());
    for (index, element) in elements.into_iter().enumerate() {
        let below = paths.below(|step| match step {
            PointerStep::Key(key) => key.parse() == Ok(index),
            PointerStep::Each => true,
        });
        if !below.is_left_out() {
            let mut element_text = String::new();
            write(&mut element_text, element.get(), &below, depth + 1);
            written.push(element_text);
        }
    }
    if paths.is_set() {
        written.sort_unstable();
    }
    text.push('[');
    text.push_str(&written.join(","));
    text.push(']');
    true
}

fn write_text(text: &mut String, value: &str) -> bool {
    let Ok(decoded) = serde_json::from_str::<String>(value) else { return false };
    match serde_json::to_string(&decoded) {
        Ok(encoded) => {
            text.push_str(&encoded);
            true
        }
        Err(_) => false,
    }
}

/// The members of an object in their order, those of a key that stands twice too.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(Members)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
            members.push((Cow::Owned(key), value));
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn comparison(ignore: &[&str], unordered: &[&str]) -> Comparison {
        let pointers = |texts: &[&str]| texts.iter().map(|text| Pointer::parse(text).unwrap()).collect();
        Comparison { ignore: pointers(ignore), unordered: pointers(unordered) }
    }

    #[test]
    fn one_spelling_of_what_is_one() {
        for (record, expected) in [
            (r#"{ "b" : 1, "a": [ 1.0 , 2e3 ] }"#, r#"{"a":[1.0,2e3],"b":1}"#),
            (r#"{"a": "\u00fc\/"}"#, r#"{"a":"ü/"}"#),
            (r#"{"a": 1, "b": {"d": null, "c": true}, "a": 2}"#, r#"{"a":1,"a":2,"b":{"c":true,"d":null}}"#),
            (r#"{"a": "cut \ud83d"}"#, r#"{"a":"cut \ud83d"}"#),
            ("7", "7"),
            (r#""x""#, r#""x""#),
            ("[]", "[]"),
            ("{}", "{}"),
        ] {
            assert_eq!(canonical(record, &Comparison::default()), expected);
        }
    }

    #[test]
    fn what_is_left_out_at_any_depth() {
        let record = r#"{"userImage": "u?sig=1", "blocks": [{"block_id": "dRF", "text": "x"}, {"block_id": "0Xu"}], "m": {"0": {"t": 1, "x": 2}}}"#;
        for (ignore, expected) in [
            (
                &["/userImage"][..],
                r#"{"blocks":[{"block_id":"dRF","text":"x"},{"block_id":"0Xu"}],"m":{"0":{"t":1,"x":2}}}"#,
            ),
            (
                &["/userImage", "/blocks/*/block_id"],
                r#"{"blocks":[{"text":"x"},{}],"m":{"0":{"t":1,"x":2}}}"#,
            ),
            (
                &["/userImage", "/blocks/1", "/m/*/t"],
                r#"{"blocks":[{"block_id":"dRF","text":"x"}],"m":{"0":{"x":2}}}"#,
            ),
            (&["/*"], "{}"),
            (
                &["/absent/*/too"],
                r#"{"blocks":[{"block_id":"dRF","text":"x"},{"block_id":"0Xu"}],"m":{"0":{"t":1,"x":2}},"userImage":"u?sig=1"}"#,
            ),
        ] {
            assert_eq!(canonical(record, &comparison(ignore, &[])), expected, "{ignore:?}");
        }
    }

    #[test]
    fn the_order_of_an_array_counts_unless_it_is_a_set() {
        let (one, other) = (r#"{"tags": ["a", "b"], "l": [2, 1]}"#, r#"{"tags": ["b", "a"], "l": [2, 1]}"#);
        let as_sent = Comparison::default();
        assert_ne!(canonical(one, &as_sent), canonical(other, &as_sent));
        let as_set = comparison(&[], &["/tags"]);
        assert_eq!(canonical(one, &as_set), canonical(other, &as_set));
        assert_eq!(canonical(one, &as_set), r#"{"l":[2,1],"tags":["a","b"]}"#);
    }

    #[test]
    fn depth_costs_no_stack() {
        let record = format!("{}7{}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(canonical(&record, &Comparison::default()), record);
    }

    proptest! {
        #[test]
        fn any_order_of_keys_has_one_spelling(members in proptest::collection::btree_map("[a-cü\"]{1,3}", "[ -~]{0,4}", 0..6)) {
            let spell = |members: Vec<(&String, &String)>| {
                let members = members.iter().map(|(key, value)| format!("{} : {}", serde_json::to_string(key).unwrap(), serde_json::to_string(value).unwrap()));
                format!("{{ {} }}", members.collect::<Vec<_>>().join(" , "))
            };
            let (forth, back) = (spell(members.iter().collect()), spell(members.iter().rev().collect()));
            let spelled = canonical(&forth, &Comparison::default());
            prop_assert_eq!(&spelled, &canonical(&back, &Comparison::default()));
            let (sent, read): (Value, Value) = (serde_json::from_str(&forth).unwrap(), serde_json::from_str(&spelled).unwrap());
            prop_assert_eq!(sent, read);
        }
    }
}
