//! The key to a source.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use convolake_model::{Auth, KeyPlace};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use secrecy::SecretString;
use url::Url;

use super::SetupError;
use super::redaction::{self, Redaction};

/// Shorter ones only fill the place of a password.
const PASSWORD_LENGTH_MIN: usize = 8;

/// The keys to a source and what carries them. They show in no `Debug`, error or log.
#[derive(Clone)]
pub struct Credential {
    headers: Vec<(HeaderName, HeaderValue)>,
    query: Vec<(String, SecretString)>,
    redaction: Redaction,
    /// The variables, for errors.
    env: String,
    hint: Option<String>,
}

impl Credential {
    /// Finds the keys: each in its variable, or else in the file named by the variable `<env>_FILE`. White space around a key is
    /// no part of it, and an empty one is none.
    ///
    /// # Errors
    /// A key that is missing, a file that cannot be read, or a key that fits in no header.
    pub fn find(
        auth: &Auth,
        env: &dyn Fn(&str) -> Option<String>,
        read_file: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<Self, SetupError> {
        let (mut headers, mut query) = (Vec::new(), Vec::new());
        let (mut secrets, mut users) = (Vec::new(), Vec::new());
        for part in &auth.parts {
            let find = |variable: &str| key_of(variable, env, read_file);
            let key = find(&part.env)?;
            let mut header = |name: &str, value: &str| {
                let unfit = || SetupError::KeyUnfit { env: part.env.clone() };
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?;
                let mut value = HeaderValue::from_str(value).map_err(|_| unfit())?;
                value.set_sensitive(true);
                headers.push((name, value));
                Ok(())
            };
            match &part.place {
                KeyPlace::Header { name, prefix } => header(name, &format!("{prefix}{key}"))?,
                KeyPlace::Query { param } => query.push((param.clone(), SecretString::from(key.clone()))),
                KeyPlace::Basic { password } => {
                    let password = password.as_deref().map(find).transpose()?;
                    let pair = BASE64.encode(format!("{key}:{}", password.as_deref().unwrap_or_default()));
                    header(AUTHORIZATION.as_str(), &format!("Basic {pair}"))?;
                    secrets.push(pair);
                    let password = password.unwrap_or_default();
                    // Beside a word that fills the place of a password, the user is the key.
                    if password.len() >= PASSWORD_LENGTH_MIN {
                        secrets.push(password);
                        users.push(key);
                        continue;
                    }
                }
            }
            secrets.push(key);
        }
        let names: Vec<&str> = auth.variables().collect();
        let hints: Vec<&str> = auth.parts.iter().filter_map(|part| part.hint.as_deref()).collect();
        Ok(Self {
            headers,
            redaction: Redaction::of(&secrets, &users, &query),
            query,
            env: names.join(" or "),
            hint: Some(hints.join("; ")).filter(|hint| !hint.is_empty()),
        })
    }

    /// The variable that holds the key; several with `or` between them.
    pub fn env(&self) -> &str {
        &self.env
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The headers that carry keys; their values are marked sensitive.
    pub(crate) fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        self.headers.clone()
    }

    /// The query parameters that carry keys.
    pub(crate) fn query_keys(&self) -> Vec<(String, SecretString)> {
        self.query.clone()
    }

    /// A URL without the parameters that carry keys: a link that the source gives may hold them.
    pub(crate) fn stripped(&self, url: &Url) -> Url {
        let mut url = url.clone();
        redaction::without_params(&mut url, &self.query_params());
        url
    }

    /// A URL as it may be shown and kept: without user, password and keys.
    pub(crate) fn shown(&self, url: &Url) -> String {
        self.redact(redaction::stripped(url, &self.query_params()).as_str())
    }

    /// `text` without the keys, for what a source says of itself: some echo what they were sent.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.redaction.redact(text)
    }

    /// The body of a page without the keys that cannot be anything else: some sources write them into links.
    pub(crate) fn redact_page(&self, body: Bytes) -> Bytes {
        self.redaction.redact_page(body)
    }

    /// A copy of `bytes` without the keys.
    pub(crate) fn redact_bytes(&self, bytes: &[u8]) -> Bytes {
        self.redaction.redact_bytes(bytes)
    }

    fn query_params(&self) -> Vec<&str> {
        self.query.iter().map(|(param, _)| param.as_str()).collect()
    }
}

/// A key, from its variable or the file that another variable names.
fn key_of(
    env_name: &str,
    env: &dyn Fn(&str) -> Option<String>,
    read_file: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<String, SetupError> {
    let empty = |variable: &str| SetupError::KeyEmpty { variable: variable.to_owned() };
    let variable = format!("{env_name}_FILE");
    let (key, path) = (env(env_name), env(&variable));
    if let Some(key) = filled(key.as_deref()) {
        return Ok(key);
    }
    let Some(path) = filled(path.as_deref()) else {
        return Err(match (key, path) {
            (Some(_), _) => empty(env_name),
            (None, Some(_)) => empty(&variable),
            (None, None) => SetupError::KeyMissing { env: env_name.to_owned() },
        });
    };
    match read_file(Path::new(&path)) {
        Ok(text) => filled(Some(&text)).ok_or(SetupError::KeyFileEmpty { variable }),
        Err(source) => Err(SetupError::KeyFile { variable, path: shown_path(&path), source }),
    }
}

fn filled(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A path that reads as one; anything else may be the key itself.
fn shown_path(path: &str) -> Option<PathBuf> {
    path.starts_with(['/', '.', '~']).then(|| path.into())
}

impl fmt::Debug for Credential {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Credential")
            .field("headers", &self.headers)
            .field("query", &self.query_params())
            .field("env", &self.env)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use convolake_model::AuthPart;

    use super::*;

    const CANARY: &str = "canary-7f3a9c";

    fn auth() -> Auth {
        let place = KeyPlace::Header { name: "authorization".into(), prefix: "Bearer ".into() };
        let hint = Some("under Account".into());
        Auth { parts: vec![AuthPart { env: "SOURCE_KEY".into(), place, hint, line: 1 }] }
    }

    fn find(variables: &[(&str, &str)], file: io::Result<String>) -> Result<Credential, SetupError> {
        let env =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let read = |_: &Path| match &file {
            Ok(text) => Ok(text.clone()),
            Err(error) => Err(io::Error::from(error.kind())),
        };
        Credential::find(&auth(), &env, &read)
    }

    #[test]
    fn from_the_variable_or_a_file() {
        let none = || Err(io::ErrorKind::NotFound.into());
        for (variables, file) in [
            (vec![("SOURCE_KEY", " canary-7f3a9c\n")], none()),
            (vec![("SOURCE_KEY", ""), ("SOURCE_KEY_FILE", "/run/key")], Ok(format!("{CANARY}\n"))),
            (vec![("SOURCE_KEY", CANARY), ("SOURCE_KEY_FILE", "/run/key")], none()),
        ] {
            let found = find(&variables, file).unwrap();
            assert_eq!(found.headers()[0].1.to_str().unwrap(), format!("Bearer {CANARY}"));
            assert!(!format!("{found:?}{:?}", found.headers()).contains(CANARY));
        }
    }

    #[test]
    fn a_missing_key_names_its_variable() {
        for (variables, file, expected) in [
            (vec![], "", "SOURCE_KEY is not set, nor is SOURCE_KEY_FILE"),
            (vec![("SOURCE_KEY", "  ")], "", "SOURCE_KEY is set, and empty"),
            (vec![("SOURCE_KEY_FILE", "")], "", "SOURCE_KEY_FILE is set, and empty"),
            (vec![("SOURCE_KEY_FILE", "/run/key")], " \n", "the file that SOURCE_KEY_FILE names is empty"),
        ] {
            let error = find(&variables, Ok(file.to_owned())).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        for (path, is_shown) in [("/run/key", true), (CANARY, false)] {
            let error = find(&[("SOURCE_KEY_FILE", path)], Err(io::ErrorKind::NotFound.into())).unwrap_err();
            assert_eq!(error.to_string().contains(path), is_shown, "{error}");
            assert!(error.to_string().contains("SOURCE_KEY_FILE"), "{error}");
        }
        let error = find(&[("SOURCE_KEY", "canary-7f3a9c\nx: y")], Ok(String::new())).unwrap_err();
        assert!(matches!(error, SetupError::KeyUnfit { .. }));
        assert!(!format!("{error}{error:?}").contains("canary"));
    }

    #[test]
    fn texts_are_redacted() {
        let found = find(&[("SOURCE_KEY", CANARY)], Ok(String::new())).unwrap();
        assert_eq!(found.redact("bad key canary-7f3a9c!"), "bad key [key]!");
        assert_eq!(found.redact_bytes(b"bad key canary-7f3a9c\xff"), b"bad key [key]\xff".as_slice());
    }

    #[test]
    fn keys_in_every_place() {
        let part = |env: &str, place| AuthPart { env: env.to_owned(), hint: None, place, line: 1 };
        let header = |name: &str| KeyPlace::Header { name: name.to_owned(), prefix: String::new() };
        let parts = vec![
            part("APP_ID", header("x-app-id")),
            part("APP_KEY", header("x-app-key")),
            part("USER", KeyPlace::Basic { password: Some("PASSWORD".to_owned()) }),
            part("QUERY_KEY", KeyPlace::Query { param: "api_key".to_owned() }),
        ];
        let auth = Auth { parts };
        let env = |name: &str| Some(format!("{CANARY}-{name}"));
        let found = Credential::find(&auth, &env, &|_| Ok(String::new())).unwrap();
        let headers = found.headers();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["x-app-id", "x-app-key", "authorization"]);
        let basic = BASE64.encode(format!("{CANARY}-USER:{CANARY}-PASSWORD"));
        assert_eq!(headers[2].1.to_str().unwrap(), format!("Basic {basic}"));
        assert_eq!(found.query_keys()[0].0, "api_key");
        assert_eq!(found.env(), "APP_ID or APP_KEY or USER or PASSWORD or QUERY_KEY");
        let echo = format!("{CANARY}-APP_ID {CANARY}-APP_KEY {basic} {CANARY}-QUERY_KEY");
        assert_eq!(found.redact(&echo), "[key] [key] [key] [key]");
        assert!(!format!("{found:?}").contains("canary"), "{found:?}");
        let link: Url =
            format!("https://ann:{CANARY}@h.test/p?a=1&api_key={CANARY}-QUERY_KEY&b=2").parse().unwrap();
        assert_eq!(found.shown(&link), "https://h.test/p?a=1&b=2");
        let error = Credential::find(&auth, &|_| None, &|_| Ok(String::new())).unwrap_err();
        assert!(matches!(&error, SetupError::KeyMissing { env, .. } if env == "APP_ID"), "{error}");
    }
}
