//! What is wrong with a command line, without what may be a secret in it, and with the word that was meant.

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error};
use convolake_engine::{nearest_word, without_secrets};

/// The error as it may be shown.
pub(super) fn in_words(mut error: Error, description: &Command) -> Error {
    if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) {
        let names = description.get_subcommands().map(Command::get_name);
        // Only the nearest of them: the others would be guesses.
        if let Some(name) = nearest_word(word, names).map(str::to_owned) {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![name]));
        }
    }
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidValue, ContextKind::InvalidSubcommand] {
        if let Some(ContextValue::String(word)) = error.get(kind) {
            let shown = shown(word);
            error.insert(kind, ContextValue::String(shown));
        }
    }
    // No command takes a value that looks like an option: clap would advise `-- --optoin`, with the word in it.
    if let Some(ContextValue::StyledStrs(tips)) = error.get(ContextKind::Suggested) {
        let (all, mut kept) = (tips.len(), tips.clone());
        kept.retain(|tip| !tip.to_string().contains("to pass '"));
        if kept.len() < all {
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(kept));
        }
    }
    error
}

/// A word of the command line, without what may be a password or a key.
fn shown(word: &str) -> String {
    // What clap calls an argument may be an option with its value's name: `--to <URL>`.
    if word.starts_with("--") {
        return word.split('=').next().unwrap_or(word).to_owned();
    }
    match word.split_once('=') {
        // A setting without its `--set`.
        Some((name, _)) if is_name(name) => format!("{name}=.."),
        _ if looks_like_key(word) => format!("{}[hidden]", &word[..4]),
        _ => without_secrets(word),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// A long word of letters and digits, as keys are, and neither paths nor names.
fn looks_like_key(word: &str) -> bool {
    const SHORTEST: usize = 16;
    let of_key = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+=".contains(&byte);
    let has = |of: fn(&u8) -> bool| word.as_bytes().iter().any(of);
    word.len() >= SHORTEST
        && word.bytes().all(of_key)
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_the_command_line_shows_a_secret() {
        for (word, expected) in [
            ("agentx", "agentx"),
            ("pipelines/mine.yaml", "pipelines/mine.yaml"),
            ("--to <URL>", "--to <URL>"),
            ("--key=S3cret", "--key"),
            ("https://ann:S3cret@h.invalid/p?k=S3cret", "https://[hidden]@h.invalid/p?[hidden]"),
            ("api_key=S3cret", "api_key=.."),
            ("sk-live-0123456789abcdef", "sk-l[hidden]"),
            ("much", "much"),
        ] {
            assert_eq!(shown(word), expected);
        }
    }
}
