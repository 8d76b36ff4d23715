//! A source's own words, fit to stand in an error: one line, no control characters, not too long.

use convolake_model::Stream;

use super::json::{descend, pick};

/// The most bytes of a message.
const LENGTH_MAX: usize = 300;
/// Where sources put their words; the first that is a text.
const USUAL_PLACES: [&[&str]; 9] = [
    &["message"],
    &["error", "message"],
    &["error"],
    &["errors", "0", "message"],
    &["errors", "0", "detail"],
    &["errors", "0"],
    &["detail"],
    &["title"],
    &["error_description"],
];

/// The source's own words in the body of a failed request.
pub(crate) fn message_of(stream: &Stream, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_ascii();
    if text.is_empty() {
        return "no further words".to_owned();
    }
    if text.starts_with('<') {
        return "an HTML page".to_owned();
    }
    if text.starts_with('{') && pick(text, &[]).is_ok() {
        let own = stream.envelope.message.as_ref().and_then(|pointer| pointer.keys());
        let found = own.and_then(|path| clean_json(descend(text, &path)?)).or_else(|| usual_message(text));
        if let Some(message) = found {
            return message;
        }
    }
    clean(text)
}

/// The source's words in a JSON object, where sources usually put them.
pub(super) fn usual_message(text: &str) -> Option<String> {
    USUAL_PLACES.iter().find_map(|path| clean_json(descend(text, path)?))
}

/// The words of a JSON text; `None` for other JSON and for an empty text.
pub(super) fn clean_json(raw: &str) -> Option<String> {
    let text: String = serde_json::from_str(raw).ok()?;
    Some(clean(&text)).filter(|text| !text.is_empty())
}

fn clean(text: &str) -> String {
    let mut words = String::new();
    for word in
        text.split(|char: char| char.is_whitespace() || char.is_control()).filter(|word| !word.is_empty())
    {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
        if words.len() > LENGTH_MAX {
            words.truncate(words.floor_char_boundary(LENGTH_MAX));
            words.push_str("...");
            break;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes;

    #[test]
    fn the_words_wherever_they_stand() {
        let stream = fakes::stream("numbered");
        for (body, expected) in [
            (r#"{"message": "no such agent", "code": 7}"#, "no such agent"),
            (r#"{"error": {"message": "no such agent"}}"#, "no such agent"),
            (r#"{"error": "no such agent"}"#, "no such agent"),
            (r#"{"errors": [{"detail": "no such agent"}]}"#, "no such agent"),
            (r#"{"errors": ["no such agent"]}"#, "no such agent"),
            (r#"{"message": "", "detail": "no such\n\u001b[31magent"}"#, "no such [31magent"),
            ("no such agent\r\n", "no such agent"),
            (r#"{"code": 7}"#, r#"{"code": 7}"#),
            ("<!doctype html><title>Just a moment</title>", "an HTML page"),
            ("", "no further words"),
        ] {
            assert_eq!(message_of(&stream, body.as_bytes()), expected);
        }
        assert!(message_of(&stream, "ü".repeat(4000).as_bytes()).len() <= LENGTH_MAX + 3);
    }
}
