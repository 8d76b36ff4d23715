//! Texts and URLs without what is secret in them.

use std::fmt;

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Shorter keys are not looked for in texts: they would turn up in any word.
const REDACTED_LENGTH_MIN: usize = 4;
/// Shorter keys, and those of letters alone up to the second length, may be words of a page's records, which are not touched.
const UNMISTAKABLE_LENGTH_MIN: usize = 8;
const UNMISTAKABLE_WORD_LENGTH_MIN: usize = 24;
/// What stands for a key.
const SHOWN: &str = "[key]";

/// The spellings of keys that must not be shown. Longer ones go first, so that a key within another leaves no rest.
#[derive(Clone, Default)]
pub(super) struct Redaction {
    /// Of all keys, for errors and answers that are no pages.
    all: Vec<Spelling>,
    /// Of keys that no record holds by chance, for pages.
    unmistakable: Vec<Spelling>,
}

/// A spelling of a key, and what stands for it.
#[derive(Clone)]
struct Spelling {
    text: SecretString,
    shown: String,
}

impl Redaction {
    /// For these keys, for users, whose names may stand in records too, and for keys in a query, behind their parameter: as they
    /// are and as URLs and JSON spell them.
    pub(super) fn of(keys: &[String], users: &[String], in_query: &[(String, SecretString)]) -> Self {
        let long = |key: &&String| key.len() >= REDACTED_LENGTH_MIN;
        let plain = keys.iter().chain(users).filter(long).flat_map(|key| spellings(key));
        let pairs = in_query.iter().flat_map(|(param, key)| {
            let pair = |key: String| (format!("{param}={key}"), format!("{param}={SHOWN}"));
            spellings(key.expose_secret()).into_iter().map(pair).collect::<Vec<_>>()
        });
        let pairs: Vec<(String, String)> = pairs.collect();
        let with_shown = |text: String| (text, SHOWN.to_owned());
        let unmistakable = keys.iter().filter(|key| is_unmistakable(key)).flat_map(|key| spellings(key));
        Self {
            all: sorted(plain.map(with_shown).chain(pairs.clone()).collect()),
            unmistakable: sorted(unmistakable.map(with_shown).chain(pairs).collect()),
        }
    }

    /// `text` without the keys.
    pub(super) fn redact(&self, text: &str) -> String {
        self.all.iter().fold(text.to_owned(), |text, Spelling { text: key, shown }| {
            match text.contains(key.expose_secret()) {
                true => text.replace(key.expose_secret(), shown),
                false => text,
            }
        })
    }

    /// A copy of `bytes` without the keys.
    pub(super) fn redact_bytes(&self, bytes: &[u8]) -> Bytes {
        replaced(bytes, &self.all)
    }

    /// The body of a page without the keys that cannot be anything else.
    pub(super) fn redact_page(&self, body: Bytes) -> Bytes {
        let is_in = |text: &str| self.unmistakable.iter().any(|key| text.contains(key.text.expose_secret()));
        match std::str::from_utf8(&body) {
            Ok(text) if !is_in(text) => body,
            Ok(_) | Err(_) => replaced(&body, &self.unmistakable),
        }
    }
}

/// True for a key that is no word, number or name.
fn is_unmistakable(key: &str) -> bool {
    let has_letter = key.bytes().any(|byte| byte.is_ascii_alphabetic());
    let has_other = key.bytes().any(|byte| !byte.is_ascii_alphabetic());
    match has_letter && has_other {
        true => key.len() >= UNMISTAKABLE_LENGTH_MIN,
        false => key.len() >= UNMISTAKABLE_WORD_LENGTH_MIN,
    }
}

/// A key as it is, as URLs spell it (in either case of the digits), and as JSON does (with or without `\\/`).
fn spellings(key: &str) -> Vec<String> {
    let in_query: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
    let in_path = in_query.replace('+', "%20");
    let in_json = serde_json::to_string(key).unwrap_or_default();
    let in_json = in_json.get(1..in_json.len().saturating_sub(1)).unwrap_or_default().to_owned();
    let with_slashes = in_json.replace('/', "\\/");
    let encode = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    // As some sources do it: all but letters and digits.
    let in_full: String = key.bytes().map(encode).collect();
    let lower = [lower_digits(&in_query), lower_digits(&in_path), lower_digits(&in_full)];
    let spellings = [key.to_owned(), in_query, in_path, in_json, with_slashes, in_full];
    spellings.into_iter().chain(lower).collect()
}

/// Percent-encoded text with its digits in lower case.
fn lower_digits(encoded: &str) -> String {
    let mut left = 0;
    let lower = |char: char| {
        left = if char == '%' { 3_u8 } else { left };
        let is_digit = left > 0;
        left = left.saturating_sub(1);
        if is_digit { char.to_ascii_lowercase() } else { char }
    };
    encoded.chars().map(lower).collect()
}

fn sorted(mut texts: Vec<(String, String)>) -> Vec<Spelling> {
    texts.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    texts.dedup();
    texts.into_iter().map(|(text, shown)| Spelling { text: SecretString::from(text), shown }).collect()
}

fn replaced(bytes: &[u8], spellings: &[Spelling]) -> Bytes {
    if spellings.is_empty() {
        return Bytes::copy_from_slice(bytes);
    }
    let mut redacted = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, behind)) = rest.split_first() {
        let found = spellings.iter().find_map(|key| {
            let behind = rest.strip_prefix(key.text.expose_secret().as_bytes())?;
            Some((behind, &key.shown))
        });
        match found {
            Some((behind, shown)) => {
                redacted.extend_from_slice(shown.as_bytes());
                rest = behind;
            }
            None => {
                redacted.push(*byte);
                rest = behind;
            }
        }
    }
    Bytes::from(redacted)
}

impl fmt::Debug for Redaction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Redaction").finish_non_exhaustive()
    }
}

/// A URL without user and password, and without the query parameters of these names.
pub(super) fn stripped(url: &Url, secret_params: &[&str]) -> Url {
    let mut url = url.clone();
    if !url.username().is_empty() || url.password().is_some() {
        // Only a URL without a host takes neither, and such a one has none.
        let _is_taken = url.set_username("").and_then(|()| url.set_password(None));
    }
    without_params(&mut url, secret_params);
    url
}

/// Takes query parameters out of a URL, and leaves the spelling of the others as it is.
pub(super) fn without_params(url: &mut Url, names: &[&str]) {
    let Some(query) = url.query().filter(|_| !names.is_empty()) else { return };
    let is_named = |pair: &&str| {
        let name = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name);
        name.is_some_and(|name| names.contains(&&*name))
    };
    if !query.split('&').any(|pair| is_named(&pair)) {
        return;
    }
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_named(pair)).collect();
    let kept = kept.join("&");
    url.set_query(Some(kept.as_str()).filter(|query| !query.is_empty()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_every_spelling_and_within_each_other() {
        let redaction =
            Redaction::of(&["abcd".to_owned(), "abcd-efgh+/=\"".to_owned(), "k".to_owned()], &[], &[]);
        for (text, expected) in [
            ("key abcd-efgh+/=\" is bad", "key [key] is bad"),
            ("?k=abcd-efgh%2B%2F%3D%22&x=1", "?k=[key]&x=1"),
            (r#"{"key": "abcd-efgh+/=\""}"#, r#"{"key": "[key]"}"#),
            ("abcd and k", "[key] and k"),
        ] {
            assert_eq!(redaction.redact(text), expected);
            assert_eq!(redaction.redact_bytes(text.as_bytes()), expected.as_bytes());
        }
    }

    #[test]
    fn pages_lose_only_what_no_record_holds_by_chance() {
        let in_query = [("api_key".to_owned(), SecretString::from("simulator"))];
        let redaction = Redaction::of(
            &["simulator".to_owned(), "k-4711/ab".to_owned()],
            &["ann@example.com".to_owned()],
            &in_query,
        );
        for (body, expected) in [
            (r#"{"text": "a simulator of rain"}"#, r#"{"text": "a simulator of rain"}"#),
            (
                r#"{"next": "https://h.test/p?api_key=simulator&page=2"}"#,
                r#"{"next": "https://h.test/p?api_key=[key]&page=2"}"#,
            ),
            (r#"{"from": "ann@example.com"}"#, r#"{"from": "ann@example.com"}"#),
            (r#"{"you": "k-4711\/ab", "and": "k-4711%2fab"}"#, r#"{"you": "[key]", "and": "[key]"}"#),
        ] {
            assert_eq!(redaction.redact_page(Bytes::from_static(body.as_bytes())), expected.as_bytes());
        }
        assert_eq!(redaction.redact("no ann@example.com"), "no [key]");
        let torn = Bytes::from_static(b"\xff k-4711/ab");
        assert_eq!(redaction.redact_page(torn), b"\xff [key]".as_slice());
    }

    #[test]
    fn urls_without_users_and_secret_parameters() {
        for (url, expected) in [
            ("https://ann:S3cret@h.test/p?a=1", "https://h.test/p?a=1"),
            ("https://ann@h.test/p", "https://h.test/p"),
            ("https://h.test/p?api_key=S3cret", "https://h.test/p"),
            ("https://h.test/p?a=1&api_key=S3cret&b=%7e+c&api%5Fkey=x", "https://h.test/p?a=1&b=%7e+c"),
            ("https://h.test/p?b=%7e+c", "https://h.test/p?b=%7e+c"),
        ] {
            assert_eq!(stripped(&url.parse().unwrap(), &["api_key"]).as_str(), expected);
        }
    }
}
