//! Keys of members, made to be found in JSON text.

/// A member's key, made to be found in JSON text.
pub(crate) struct Key {
    /// As it is, its escapes resolved.
    pub(crate) name: String,
    /// As JSON writes it: quotes, and the colon behind them.
    json: String,
    /// The first sixteen bytes of `json`, zeros behind shorter ones, and which of them count.
    head: u128,
    mask: u128,
}

const HEAD: usize = 16;

impl Key {
    pub(crate) fn new(name: String) -> Self {
        let json = format!("\"{}\":", escaped(&name));
        let (mut head, mut mask) = ([0; HEAD], [0; HEAD]);
        for (at, byte) in json.bytes().take(HEAD).enumerate() {
            (head[at], mask[at]) = (byte, 0xff);
        }
        Self { name, json, head: u128::from_le_bytes(head), mask: u128::from_le_bytes(mask) }
    }

    /// As JSON writes it, without quotes.
    pub(crate) fn json(&self) -> &str {
        self.json.get(1..self.json.len() - 2).unwrap_or_default()
    }

    /// The bytes of the key and of the colon right behind it, where `text` begins with them.
    #[inline]
    pub(crate) fn begins(&self, text: &[u8]) -> Option<usize> {
        let begins = match text.first_chunk::<HEAD>() {
            Some(head) => {
                u128::from_le_bytes(*head) & self.mask == self.head
                    && (self.json.len() <= HEAD || text[HEAD..].starts_with(&self.json.as_bytes()[HEAD..]))
            }
            None => text.starts_with(self.json.as_bytes()),
        };
        begins.then_some(self.json.len())
    }
}

/// The content of a JSON string that holds this text.
fn escaped(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            control if control < ' ' => json.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => json.push(other),
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_any_length_are_found_at_the_beginning_only() {
        for name in [
            "",
            "a",
            "type",
            "payload",
            "fifteen------5",
            "sixteen-------6",
            "seventeen-------7",
            "a\"b\\c\n",
        ] {
            let key = Key::new(name.to_owned());
            let written = format!("{}:", serde_json::to_string(name).unwrap());
            let expected = if name.contains('\n') { "a\\\"b\\\\c\\u000a" } else { key.json() };
            assert_eq!(key.json(), expected);
            if !name.contains('\n') {
                for after in ["", "1", " \"and much more\""] {
                    assert_eq!(
                        key.begins(format!("{written}{after}").as_bytes()),
                        Some(written.len()),
                        "{name}"
                    );
                }
            }
            for other in
                ["", "\"", &written[..written.len() - 1], &format!(" {written}"), &format!("x{written}yz")]
            {
                assert_eq!(key.begins(other.as_bytes()), None, "{name} in {other}");
            }
        }
    }
}
