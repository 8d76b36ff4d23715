use super::rng::Rng;

/// A record that is none: no ID, or no object. The same serves every stream.
pub(super) fn record(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let text = rng.pick(&[
        r#"{"metadata":{"userName":"Nobody"},"turns":[{"from":"human","messages":[]}]}"#,
        r#"{"turns":[]}"#,
        r#"{"metadata":null}"#,
        r#"{"_id":null,"startTime":1733011200,"conversationId":null}"#,
        "{}",
        "\"a record\"",
        "42",
        "null",
        "[]",
        "true",
    ]);
    bytes.extend_from_slice(text.as_bytes());
}
