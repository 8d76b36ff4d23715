use std::io::Write;

/// How text beyond ASCII and slashes is spelled; all three mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As JavaScript does.
    Plain,
    /// As Python does: everything beyond ASCII as `\u` escapes.
    Ascii,
    /// As PHP does: `\/`.
    Slashes,
}

/// Appends JSON text piece by piece. Commas come by themselves; whether braces match is the caller's business.
#[derive(Debug)]
pub(super) struct JsonText<'a> {
    bytes: &'a mut Vec<u8>,
    spelling: Spelling,
    needs_comma: bool,
}

impl<'a> JsonText<'a> {
    pub(super) fn new(bytes: &'a mut Vec<u8>, spelling: Spelling) -> Self {
        Self { bytes, spelling, needs_comma: false }
    }

    pub(super) fn object(&mut self, fields: impl FnOnce(&mut Self)) {
        self.nested(b'{', b'}', fields);
    }

    pub(super) fn array(&mut self, elements: impl FnOnce(&mut Self)) {
        self.nested(b'[', b']', elements);
    }

    pub(super) fn key(&mut self, name: &str) -> &mut Self {
        self.comma();
        self.quoted(name);
        self.bytes.push(b':');
        self.needs_comma = false;
        self
    }

    pub(super) fn string(&mut self, text: &str) {
        self.comma();
        self.quoted(text);
    }

    pub(super) fn integer(&mut self, number: i64) {
        self.comma();
        // Writing into memory does not fail.
        drop(write!(self.bytes, "{number}"));
    }

    pub(super) fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    /// A value that is JSON text already.
    pub(super) fn raw(&mut self, json: &str) {
        self.comma();
        self.bytes.extend_from_slice(json.as_bytes());
    }

    pub(super) fn strings<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) {
        self.array(|json| {
            for text in texts {
                json.string(text);
            }
        });
    }

    fn nested(&mut self, open: u8, close: u8, inside: impl FnOnce(&mut Self)) {
        self.comma();
        self.bytes.push(open);
        self.needs_comma = false;
        inside(self);
        self.bytes.push(close);
        self.needs_comma = true;
    }

    fn comma(&mut self) {
        if self.needs_comma {
            self.bytes.push(b',');
        }
        self.needs_comma = true;
    }

    fn quoted(&mut self, text: &str) {
        let spelling = self.spelling;
        self.bytes.push(b'"');
        for piece in text.split_inclusive(|letter| spelling.escapes(letter)) {
            let special = piece.chars().next_back().filter(|&letter| spelling.escapes(letter));
            let plain = special.map_or(piece.len(), |letter| piece.len() - letter.len_utf8());
            self.bytes.extend_from_slice(&piece.as_bytes()[..plain]);
            if let Some(letter) = special {
                self.escape(letter);
            }
        }
        self.bytes.push(b'"');
    }

    fn escape(&mut self, letter: char) {
        match letter {
            '"' => self.bytes.extend_from_slice(b"\\\""),
            '\\' => self.bytes.extend_from_slice(b"\\\\"),
            '/' => self.bytes.extend_from_slice(b"\\/"),
            '\n' => self.bytes.extend_from_slice(b"\\n"),
            '\r' => self.bytes.extend_from_slice(b"\\r"),
            '\t' => self.bytes.extend_from_slice(b"\\t"),
            LONE_SURROGATE => self.bytes.extend_from_slice(br"\ud83d"),
            _ => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    drop(write!(self.bytes, "\\u{unit:04x}"));
                }
            }
        }
    }
}

/// Stands in texts for half an emoji, which no Rust string can hold; from the private use area.
pub(super) const LONE_SURROGATE: char = '\u{f8ff}';

impl Spelling {
    fn escapes(self, letter: char) -> bool {
        match letter {
            '"' | '\\' | '\0'..='\x1f' | LONE_SURROGATE => true,
            '/' => self == Self::Slashes,
            _ => self == Self::Ascii && !letter.is_ascii(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_mean_the_same() {
        let text = "a/b \"c\" \\ \u{0}\n é 👩‍💻";
        let cases = [
            (Spelling::Plain, r#""a/b \"c\" \\ \u0000\n é 👩‍💻""#),
            (Spelling::Slashes, r#""a\/b \"c\" \\ \u0000\n é 👩‍💻""#),
            (Spelling::Ascii, r#""a/b \"c\" \\ \u0000\n \u00e9 \ud83d\udc69\u200d\ud83d\udcbb""#),
        ];
        for (spelling, expected) in cases {
            let mut bytes = Vec::new();
            JsonText::new(&mut bytes, spelling).string(text);
            assert_eq!(String::from_utf8(bytes.clone()).unwrap(), expected);
            assert_eq!(serde_json::from_slice::<String>(&bytes).unwrap(), text);
        }
    }

    #[test]
    fn commas_stand_between() {
        let mut bytes = Vec::new();
        JsonText::new(&mut bytes, Spelling::Plain).object(|json| {
            json.key("a").array(|json| {
                json.integer(1);
                json.array(|_| {});
                json.boolean(true);
            });
            json.key("").object(|_| {});
        });
        assert_eq!(bytes, br#"{"a":[1,[],true],"":{}}"#);
    }
}
