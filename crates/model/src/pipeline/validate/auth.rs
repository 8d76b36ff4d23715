//! `auth:`: the keys, and where requests carry them.

use indexmap::IndexMap;

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::pipeline::written::{AuthPartWritten, AuthWritten};
use crate::pipeline::{Auth, AuthPart, KeyPlace, Stream};

/// The header that basic authentication stands in.
const BASIC_HEADER: &str = "authorization";
/// A scheme before a key is a word or two.
const PREFIX_BYTES_MAX: usize = 32;
/// Names of variables are far shorter; keys are not.
const VARIABLE_BYTES_MAX: usize = 64;
/// A name of so many bytes in both cases and with digits reads as a key.
const KEY_BYTES_MIN: usize = 16;

/// The keys, each in a place of its own.
pub(super) fn auth(config: &ConfigText<'_>, written: &AuthWritten) -> Result<Auth, ConfigError> {
    let parts = match written {
        AuthWritten::One(part) => std::slice::from_ref(part),
        AuthWritten::Several(parts) => parts.as_slice(),
    };
    if parts.is_empty() {
        return Err(config
            .error(&["auth"], "`auth` names no key")
            .with_hint(Some("write a block such as `{ header: x-api-key, env: MY_KEY }`".into())));
    }
    let parts: Vec<AuthPart> = parts.iter().map(|written| part(config, written)).collect::<Result<_, _>>()?;
    for (index, one) in parts.iter().enumerate() {
        let place = slot(&one.place);
        if parts[..index].iter().any(|other| slot(&other.place) == place) {
            return Err(config.error(&["auth"], format!("two keys stand in one place, {place}")));
        }
    }
    Ok(Auth { parts })
}

/// No stream sets a query parameter that carries a key.
pub(super) fn check(
    config: &ConfigText<'_>,
    auth: &Auth,
    streams: &IndexMap<String, Stream>,
) -> Result<(), ConfigError> {
    let params = auth.parts.iter().filter_map(|part| match &part.place {
        KeyPlace::Query { param } => Some(param),
        KeyPlace::Header { .. } | KeyPlace::Basic { .. } => None,
    });
    for param in params {
        if let Some(stream) = streams.values().find(|stream| stream.query.contains_key(param)) {
            return Err(config
                .error(
                    &["streams", &stream.name, "query", param],
                    format!("`{param}` carries the key, by `auth`"),
                )
                .with_hint(Some(format!("leave `{param}` out of `query`"))));
        }
    }
    Ok(())
}

fn part(config: &ConfigText<'_>, written: &AuthPartWritten) -> Result<AuthPart, ConfigError> {
    let AuthPartWritten { header, prefix, query, basic, env, hint } = written;
    let env_line = config.line_of(&["auth", "env"]);
    let (place, env, line) = match (header, query, basic) {
        (Some(name), None, None) => {
            let place =
                KeyPlace::Header { name: header_name(config, name)?, prefix: prefix_of(config, prefix)? };
            (place, key_variable(config, env.as_deref())?, env_line)
        }
        (None, Some(param), None) => {
            no_prefix(config, prefix)?;
            let place = KeyPlace::Query { param: query_param(config, param)? };
            (place, key_variable(config, env.as_deref())?, env_line)
        }
        (None, None, Some(basic)) => {
            no_prefix(config, prefix)?;
            if env.is_some() {
                return Err(config.error(&["auth", "env"], "`basic` names its own variables").with_hint(
                    Some("leave `env` out: `basic: { user_env: MY_USER, password_env: MY_PASSWORD }`".into()),
                ));
            }
            let password = basic.password_env.as_deref();
            let password = password.map(|name| variable(config, &["auth", "basic", "password_env"], name));
            let user = variable(config, &["auth", "basic", "user_env"], &basic.user_env)?;
            (KeyPlace::Basic { password: password.transpose()? }, user, config.line_of(&["auth", "basic"]))
        }
        _ => {
            return Err(config
                .error(&["auth"], "a key stands in `header`, in `query` or in `basic`: one of the three")
                .with_hint(Some("for several keys, `auth` is a list of such blocks".into())));
        }
    };
    Ok(AuthPart { env, place, hint: hint.clone(), line })
}

fn header_name(config: &ConfigText<'_>, name: &str) -> Result<String, ConfigError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match !name.is_empty() && name.bytes().all(fits) {
        true => Ok(name.to_ascii_lowercase()),
        false => Err(config
            .error(&["auth", "header"], "this is no name of a header: letters, digits, `-` and `_`")
            .with_hint(Some(
                "write the name alone, as in `header: x-api-key`; the key comes from `env`".into(),
            ))),
    }
}

fn query_param(config: &ConfigText<'_>, name: &str) -> Result<String, ConfigError> {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'=' | b'&' | b'?' | b'#');
    match !name.is_empty() && name.len() <= VARIABLE_BYTES_MAX && name.bytes().all(fits) {
        true => Ok(name.to_owned()),
        false => Err(config.error(&["auth", "query"], "this is no name of a query parameter").with_hint(
            Some("write the name alone, as in `query: api_key`; the key comes from `env`".into()),
        )),
    }
}

fn prefix_of(config: &ConfigText<'_>, prefix: &str) -> Result<String, ConfigError> {
    let fits = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    match prefix.len() <= PREFIX_BYTES_MAX && prefix.bytes().all(fits) {
        true => Ok(prefix.to_owned()),
        false => Err(config
            .error(
                &["auth", "prefix"],
                format!("a prefix is a word before the key, of {PREFIX_BYTES_MAX} characters at most"),
            )
            .with_hint(Some("write `prefix: \"Bearer \"`; the key itself comes from `env`".into()))),
    }
}

fn no_prefix(config: &ConfigText<'_>, prefix: &str) -> Result<(), ConfigError> {
    match prefix {
        "" => Ok(()),
        _ => {
            Err(config
                .error(&["auth", "prefix"], "`prefix` stands before a key in a header, and nowhere else"))
        }
    }
}

fn key_variable(config: &ConfigText<'_>, name: Option<&str>) -> Result<String, ConfigError> {
    let missing = || {
        config
            .error(&["auth"], "`env` is missing: the environment variable that holds the key")
            .with_hint(Some("add `env: MY_KEY` to the block".into()))
    };
    variable(config, &["auth", "env"], name.ok_or_else(missing)?)
}

/// The name of a variable. What is none may be the key itself, so it is not repeated.
fn variable(config: &ConfigText<'_>, at: &[&str], name: &str) -> Result<String, ConfigError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_name = !name.is_empty()
        && name.len() <= VARIABLE_BYTES_MAX
        && name.bytes().all(fits)
        && !name.as_bytes()[0].is_ascii_digit();
    match is_name && !reads_as_key(name) {
        true => Ok(name.to_owned()),
        false => {
            Err(config.error(at, "this is no environment variable: letters, digits and `_`").with_hint(Some(
                "write the variable's name, as in MY_KEY; the key itself never stands in a file of ours"
                    .into(),
            )))
        }
    }
}

fn reads_as_key(name: &str) -> bool {
    let has = |fits: fn(&u8) -> bool| name.as_bytes().iter().any(fits);
    name.len() >= KEY_BYTES_MIN
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
}

/// What a place is called, one that holds a single value.
fn slot(place: &KeyPlace) -> String {
    match place {
        KeyPlace::Header { name, .. } => format!("the header {name}"),
        KeyPlace::Query { param } => format!("the query parameter {param}"),
        KeyPlace::Basic { .. } => format!("the header {BASIC_HEADER}"),
    }
}
