//! The reader beside serde_json.

use proptest::prelude::*;

use super::*;

fn accepts(text: &str) -> bool {
    let mut reader = Reader::new(text);
    reader.skip().is_ok() && reader.end().is_ok()
}

/// As serde_json, but for depth: it stops at 128 unless told otherwise.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}

#[test]
fn accepts_what_is_json_and_nothing_else() {
    let texts = r#"{} [] {"a":1} [1,2] [1,] {"a":} {"a" 1} {,} [ ] "x" "\u12" "\u1234" "\x" 01 -0 - 1. 1.5e 1e9 1E+9
            .5 tru true nullx null {"a":[{"b":{}}]} [[[[]]]] [[[]]]] [[[[]]] {"a":1,} +1 NaN "" "#;
    for text in texts.split_whitespace().chain(["\"a\tb\"", "\"a", "{\"a\":1 \"b\":2}", " [ 1 , 2 ] "]) {
        assert_eq!(accepts(text), is_json(text), "{text}");
    }
}

#[test]
fn depth_costs_no_stack() {
    let text = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let mut reader = Reader::new(&text);
    assert!(reader.skip().is_ok());
    assert_eq!(reader.deepest, 1_000_000);
}

proptest! {
    #[test]
    fn agrees_with_serde_json(text in r#"[\[\]{}:,"0-9a\\u \-.eE\n]{0,24}"#, any in any::<String>()) {
        prop_assert_eq!(accepts(&text), is_json(&text));
        prop_assert_eq!(accepts(&any), is_json(&any));
        let quoted = serde_json::to_string(&any).unwrap();
        prop_assert!(accepts(&quoted));
    }
}
