//! How many words a text has.

use std::sync::LazyLock;

use polars::prelude::*;
use regex::Regex;

/// What makes a word of what stands between white space: a letter or a digit of any script.
static LETTER_OR_DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{L}\p{N}]").ok());

/// The number of words of a column of texts; 0 where there is none.
pub(super) fn words(texts: Expr) -> Expr {
    let count = |column: Column| {
        let texts = column.str()?;
        let counts: Int64Chunked =
            texts.iter().map(|text| text.map_or(0, n_words)).collect_ca(column.name().clone());
        Ok(counts.into_column())
    };
    texts.map(count, |_, field| Ok(Field::new(field.name().clone(), DataType::Int64)))
}

fn n_words(text: &str) -> i64 {
    let words = match text.is_ascii() {
        true => text
            .split_whitespace()
            .filter(|word| word.bytes().any(|byte| byte.is_ascii_alphanumeric()))
            .count(),
        false => text.split_whitespace().filter(|word| is_word(word)).count(),
    };
    i64::try_from(words).unwrap_or(i64::MAX)
}

fn is_word(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_alphanumeric())
        || (!text.is_ascii() && LETTER_OR_DIGIT.as_ref().is_some_and(|pattern| pattern.is_match(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_a_letter_or_a_digit() {
        for (text, expected) in [
            ("", 0),
            (" \t\u{b}\u{85}\u{3000}", 0),
            ("hi 😀 there", 2),
            ("great😀!", 1),
            ("😀", 0),
            ("don't e-mail", 2),
            ("a - b — c", 3),
            ("你好世界", 1),
            ("١٢٣ Ⅻ ½", 3),
            ("one\u{a0}two\u{2028}three\u{200b}four", 3),
            ("\u{301} \u{93f}", 0),
        ] {
            assert_eq!(n_words(text), expected, "{text:?}");
        }
    }
}
