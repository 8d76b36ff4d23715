//! Text that is shown on a terminal, without what would move its cursor or turn its lines around.

/// The text with control characters, and those that change the direction of writing or are not seen, as `\n` or `\u{1b}`.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            character if character.is_control() || is_unseen(character) => {
                shown.extend(character.escape_unicode());
            }
            character => shown.push(character),
        }
    }
    shown
}

/// Marks of direction, and the like, that a terminal obeys without showing them. Joiners within emoji are none of them.
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_obeyed() {
        for (text, expected) in [
            ("plain", "plain"),
            ("two\nlines\t.", "two\\nlines\\t."),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("abc\u{202e}cba", "abc\\u{202e}cba"),
            ("👩\u{200d}💻", "👩\u{200d}💻"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }
}
