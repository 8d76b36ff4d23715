//! `contact:`: who runs this, for the User-Agent.

use url::Url;

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;

/// It goes out with every request.
const MAX_CONTACT_BYTES: usize = 200;

/// A URL that can stand in a header, within brackets.
pub(super) fn contact(config: &ConfigText<'_>, text: String) -> Result<String, ConfigError> {
    let is_url = Url::parse(&text).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http" | "mailto")
            && url.username().is_empty()
            && url.password().is_none()
    });
    let fits = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'(' | b')' | b'\\'));
    match is_url && fits && text.len() <= MAX_CONTACT_BYTES {
        true => Ok(text),
        false => Err(config
            .error(&["contact"], "this is no URL that fits in a User-Agent, or it holds a user or password")
            .with_hint(Some("write https://example.org/your-team or mailto:your-team@example.org".into()))),
    }
}
