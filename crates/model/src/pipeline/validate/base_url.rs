//! `base_url:`: scheme, host and path prefix of requests.

use url::Url;

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;

/// A URL that ends with `/`. What is none may hold a password, so it is not repeated.
pub(super) fn base_url(config: &ConfigText<'_>, at: &[&str], text: &str) -> Result<Url, ConfigError> {
    let bad = |why: &str, hint: &str| {
        config.error(at, format!("this is no base URL: {why}")).with_hint(Some(hint.to_owned()))
    };
    let example = "write it as in https://api.example.com, or https://api.example.com/v1";
    if text.trim().is_empty() {
        return Err(bad("it is empty", example));
    }
    let has_user = text.contains('@') || text.to_ascii_lowercase().contains("%40");
    if has_user {
        let hint = "leave out what stands before `@`; `auth: { basic: { user_env: .., password_env: .. } }` names the \
                    environment variables that hold user and password";
        return Err(bad("a key or password never stands in a URL", hint));
    }
    if text.contains(['?', '#']) {
        let hint = "query parameters go under `query:` of a stream, and a key under `auth: { query: NAME, env: VARIABLE }`";
        return Err(bad("it ends where `?` or `#` begins", hint));
    }
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return Err(bad("it begins with https:// or http://", example));
    }
    let with_slash = if text.ends_with('/') { text.to_owned() } else { format!("{text}/") };
    Url::parse(&with_slash).map_err(|_| bad("no host and port can be read from it", example))
}
