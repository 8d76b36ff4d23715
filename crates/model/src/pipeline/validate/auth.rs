//! `auth:`: the header that carries the key.

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::pipeline::Auth;
use crate::pipeline::written::AuthWritten;

/// The header and the name of the key's variable.
pub(super) fn auth(config: &ConfigText<'_>, written: &AuthWritten) -> Result<Auth, ConfigError> {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !token(&written.header) {
        return Err(config.error(&["auth", "header"], format!("`{}` is no name of a header", written.header)));
    }
    if written.env.is_empty() || !written.env.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        return Err(config
            .error(&["auth", "env"], format!("`{}` is no environment variable", written.env))
            .with_hint(Some(
                "`env` is the variable's name; the key itself never stands in a file of ours".into(),
            )));
    }
    Ok(Auth {
        header: written.header.to_ascii_lowercase(),
        prefix: written.prefix.clone(),
        env: written.env.clone(),
        hint: written.hint.clone(),
        line: config.line_of(&["auth", "env"]),
    })
}
