//! Texts and URLs without what is secret in them.

use std::fmt;

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Shorter keys are not looked for in texts: they would turn up in any word.
const REDACTED_LENGTH_MIN: usize = 4;
/// What stands for a key.
const SHOWN: &str = "[key]";

/// The spellings of keys that must not be shown. Longer ones go first, so that a key within another leaves no rest.
#[derive(Clone, Default)]
pub(super) struct Redaction {
    spellings: Vec<SecretString>,
}

impl Redaction {
    /// For these keys, as they are and as URLs and JSON spell them.
    pub(super) fn of(keys: impl IntoIterator<Item = String>) -> Self {
        let mut spellings: Vec<String> = keys
            .into_iter()
            .flat_map(|key| {
                let in_query: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
                let in_path = in_query.replace('+', "%20");
                let in_json = serde_json::to_string(&key).unwrap_or_default();
                let in_json = in_json.get(1..in_json.len().saturating_sub(1)).unwrap_or_default().to_owned();
                [key, in_query, in_path, in_json]
            })
            .filter(|spelling| spelling.len() >= REDACTED_LENGTH_MIN)
            .collect();
        spellings.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spellings.dedup();
        Self { spellings: spellings.into_iter().map(SecretString::from).collect() }
    }

    /// `text` without the keys.
    pub(super) fn redact(&self, text: &str) -> String {
        self.spellings.iter().fold(text.to_owned(), |text, key| match text.contains(key.expose_secret()) {
            true => text.replace(key.expose_secret(), SHOWN),
            false => text,
        })
    }

    /// A copy of `bytes` without the keys.
    pub(super) fn redact_bytes(&self, bytes: &[u8]) -> Bytes {
        if self.spellings.is_empty() {
            return Bytes::copy_from_slice(bytes);
        }
        let mut redacted = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((byte, behind)) = rest.split_first() {
            let found =
                self.spellings.iter().find_map(|key| rest.strip_prefix(key.expose_secret().as_bytes()));
            match found {
                Some(behind) => {
                    redacted.extend_from_slice(SHOWN.as_bytes());
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
        let redaction = Redaction::of(["abcd".to_owned(), "abcd-efgh+/=\"".to_owned(), "k".to_owned()]);
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
