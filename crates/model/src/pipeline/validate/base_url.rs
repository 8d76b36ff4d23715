//! `base_url:`: scheme, host and path prefix of requests.

use url::{ParseError, Url};

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;

/// A URL that ends with `/`.
pub(super) fn base_url(config: &ConfigText<'_>, at: &[&str], text: &str) -> Result<Url, ConfigError> {
    let bad = |why: &str| config.error(at, format!("`{text}` is no base URL: {why}"));
    let with_slash = if text.ends_with('/') { text.to_owned() } else { format!("{text}/") };
    let url = Url::parse(&with_slash).map_err(|error| bad(words(error)))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(bad("it begins with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("a key or password never stands in a URL"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("query parameters go under `query:`"));
    }
    Ok(url)
}

fn words(error: ParseError) -> &'static str {
    match error {
        ParseError::RelativeUrlWithoutBase | ParseError::RelativeUrlWithCannotBeABaseBase => {
            "it begins with https:// or http://"
        }
        ParseError::EmptyHost => "it names no host, as in https://api.example.org",
        ParseError::InvalidPort => "its port is no number up to 65535",
        ParseError::InvalidIpv4Address | ParseError::InvalidIpv6Address => "its host is no IP address",
        _ => "its host is no name, as in https://api.example.org",
    }
}
