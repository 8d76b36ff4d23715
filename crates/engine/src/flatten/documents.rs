//! JSON documents that are written over several lines, one behind the other: where each begins and ends.

use serde::de::IgnoredAny;

/// How pages lie in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PagesLie {
    /// One is all of it.
    Whole,
    /// One a line.
    InLines,
    /// One over several lines, and others behind it.
    OverLines,
}

impl PagesLie {
    /// In a text that is to be one page, by its name.
    pub(super) fn in_whole(text: &[u8]) -> Self {
        let text = text.trim_ascii();
        let Some(end) = memchr::memchr(b'\n', text) else { return Self::Whole };
        let (first, rest) = text.split_at(end);
        if begins_value(first) && begins_value(rest) && serde_json::from_slice::<IgnoredAny>(first).is_ok() {
            return Self::InLines;
        }
        // Within one document a comma stands between two values.
        let begins =
            memchr::memchr_iter(b'\n', text).filter(|at| matches!(text.get(at + 1), Some(b'{' | b'[')));
        let follows = |at: usize| matches!(text[..at].trim_ascii_end().last(), Some(b'}' | b']'));
        match begins.into_iter().any(follows) {
            true => Self::OverLines,
            false => Self::Whole,
        }
    }

    /// In a text that is to have one a line, by its first line that is not empty.
    pub(super) fn by_first_line(line: &[u8]) -> Self {
        let line = line.trim_ascii();
        match begins_value(line) && matches!(line.last(), Some(b'{' | b'[')) {
            true => Self::OverLines,
            false => Self::InLines,
        }
    }
}

fn begins_value(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// How deep within objects and arrays a document stands.
#[derive(Debug, Default)]
pub(super) struct Depth {
    levels: u32,
    is_in_text: bool,
    is_escaped: bool,
}

impl Depth {
    /// Goes on over these bytes; true where the document has ended with them.
    pub(super) fn has_ended_after(&mut self, bytes: &[u8]) -> bool {
        for byte in bytes {
            match (self.is_in_text, byte) {
                (true, _) if self.is_escaped => self.is_escaped = false,
                (true, b'\\') => self.is_escaped = true,
                (_, b'"') => self.is_in_text = !self.is_in_text,
                (false, b'{' | b'[') => self.levels += 1,
                (false, b'}' | b']') => self.levels = self.levels.saturating_sub(1),
                _ => {}
            }
        }
        self.levels == 0 && !self.is_in_text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_pages_lie_is_told_by_what_follows_what() {
        for (text, expected) in [
            ("{\"a\":1}", PagesLie::Whole),
            ("{\"a\":1}\n{\"a\":2}\n", PagesLie::InLines),
            ("\n\n{\"a\":1}\n{\"a\":2}\n", PagesLie::InLines),
            ("{\n  \"a\": 1\n}\n", PagesLie::Whole),
            ("{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n", PagesLie::OverLines),
            ("{\n  \"a\": 1\n}\r\n\r\n[\n2]", PagesLie::OverLines),
            // Without indentation.
            ("[\n{\n\"a\": 1\n},\n{\n\"a\": 2\n}\n]", PagesLie::Whole),
            ("no json\n{\"a\":1}", PagesLie::Whole),
            ("", PagesLie::Whole),
        ] {
            assert_eq!(PagesLie::in_whole(text.as_bytes()), expected, "{text:?}");
        }
        for (line, expected) in [
            ("{\n", PagesLie::OverLines),
            ("{ \"data\": [\r\n", PagesLie::OverLines),
            ("[{\n", PagesLie::OverLines),
            ("{\"a\":1}\n", PagesLie::InLines),
            ("{\"a\":1\n", PagesLie::InLines),
            ("no json {\n", PagesLie::InLines),
        ] {
            assert_eq!(PagesLie::by_first_line(line.as_bytes()), expected, "{line:?}");
        }
    }

    #[test]
    fn a_document_ends_where_its_brackets_do() {
        let mut depth = Depth::default();
        for line in ["{\n", "  \"a\\\"}\": [\"}\", \"\\\\\"],\n", "  \"b\": {}\n"] {
            assert!(!depth.has_ended_after(line.as_bytes()), "{line}");
        }
        assert!(depth.has_ended_after(b"}\n"));
        assert!(Depth::default().has_ended_after(b"no json\n"));
    }
}
