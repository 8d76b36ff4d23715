//! Bytes to text, one character after the other.

/// The text that is read, and how many places were mended.
pub(crate) fn repaired(bytes: &[u8]) -> (String, u32) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let lossy = String::from_utf8_lossy(bytes);
    let sent = String::from_utf8(bytes.to_vec()).map_or_else(
        // Each chunk of valid text holds the replacement characters that the source itself wrote.
        |_| bytes.utf8_chunks().map(|chunk| marks(chunk.valid())).sum(),
        |text| marks(&text),
    );
    let mut replaced = marks(&lossy) - sent;

    let chars: Vec<char> = lossy.chars().collect();
    let mut text = String::new();
    let mut at = 0;
    while at < chars.len() {
        let taken = match (unit(&chars, at), unit(&chars, at + 6)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
            (Some(0xd800..0xe000), _) => {
                text.push_str("\\ufffd");
                replaced += 1;
                at += 6;
                continue;
            }
            (Some(_), _) => 6,
            _ if chars[at] == '\\' => 2,
            _ => 1,
        };
        text.extend(&chars[at..chars.len().min(at + taken)]);
        at += taken;
    }
    (text, replaced)
}

fn marks(text: &str) -> u32 {
    u32::try_from(text.chars().filter(|char| *char == '\u{fffd}').count()).unwrap()
}

/// The UTF-16 unit of the `\uXXXX` that stands at `at`.
fn unit(chars: &[char], at: usize) -> Option<u32> {
    let escape = chars.get(at..at + 6)?;
    let digits: String = escape.strip_prefix(&['\\', 'u'])?.iter().collect();
    // `from_str_radix` also takes a sign.
    digits.chars().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(&digits, 16).ok())?
}
