//! The key to a source.

use std::fmt;
use std::io;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use convolake_model::Auth;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use secrecy::SecretString;
use url::Url;

use super::SetupError;
use super::redaction::{self, Redaction};

/// One key to a source, and where requests carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialPart {
    /// The environment variable that holds the key; `<env>_FILE` may name a file that holds it instead.
    pub env: String,
    /// Where a user finds the key.
    pub hint: Option<String>,
    /// Where requests carry it.
    pub place: KeyPlace,
}

/// Where requests carry a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// In a header, behind a prefix such as `Bearer `.
    Header {
        /// The header's name.
        name: String,
        /// What stands before the key.
        prefix: String,
    },
    /// In a query parameter. It is added as a request is sent, and stands in no URL that is shown or kept.
    Query {
        /// The parameter's name.
        param: String,
    },
    /// As the password of HTTP basic authentication.
    Basic {
        /// The user's name.
        user: String,
    },
}

impl From<&Auth> for CredentialPart {
    fn from(auth: &Auth) -> Self {
        let place = KeyPlace::Header { name: auth.header.clone(), prefix: auth.prefix.clone() };
        Self { env: auth.env.clone(), hint: auth.hint.clone(), place }
    }
}

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
    /// Finds the key: the variable `auth.env`, or else the file named by the variable `<env>_FILE`. White space
    /// around a key is no part of it, and an empty one is none.
    ///
    /// # Errors
    /// No key, a file that cannot be read, or a key that fits in no header.
    pub fn find(
        auth: &Auth,
        env: &dyn Fn(&str) -> Option<String>,
        read_file: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<Self, SetupError> {
        Self::find_all(&[CredentialPart::from(auth)], env, read_file)
    }

    /// Finds all keys of a source that takes several, or takes them elsewhere than in one header; see [`Credential::find`].
    ///
    /// # Errors
    /// As for [`Credential::find`].
    pub fn find_all(
        parts: &[CredentialPart],
        env: &dyn Fn(&str) -> Option<String>,
        read_file: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<Self, SetupError> {
        let (mut headers, mut query, mut secrets) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            let key = key_of(part, env, read_file)?;
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
                KeyPlace::Basic { user } => {
                    let pair = BASE64.encode(format!("{user}:{key}"));
                    header(AUTHORIZATION.as_str(), &format!("Basic {pair}"))?;
                    secrets.push(pair);
                }
                KeyPlace::Query { param } => query.push((param.clone(), SecretString::from(key.clone()))),
            }
            secrets.push(key);
        }
        let names: Vec<&str> = parts.iter().map(|part| part.env.as_str()).collect();
        let hints: Vec<&str> = parts.iter().filter_map(|part| part.hint.as_deref()).collect();
        Ok(Self {
            headers,
            query,
            redaction: Redaction::of(secrets),
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

    /// A copy of `bytes` without the keys.
    pub(crate) fn redact_bytes(&self, bytes: &[u8]) -> Bytes {
        self.redaction.redact_bytes(bytes)
    }

    fn query_params(&self) -> Vec<&str> {
        self.query.iter().map(|(param, _)| param.as_str()).collect()
    }
}

/// The key of a part, from its variable or the file that another variable names.
fn key_of(
    part: &CredentialPart,
    env: &dyn Fn(&str) -> Option<String>,
    read_file: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<String, SetupError> {
    let missing = || SetupError::KeyMissing { env: part.env.clone(), hint: part.hint.clone() };
    if let Some(key) = filled(env(&part.env)) {
        return Ok(key);
    }
    let variable = format!("{}_FILE", part.env);
    let path = filled(env(&variable)).ok_or_else(missing)?;
    let text = read_file(Path::new(&path)).map_err(|source| SetupError::KeyFile {
        variable,
        path: path.into(),
        source,
    })?;
    filled(Some(text)).ok_or_else(missing)
}

fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
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
    use super::*;

    const CANARY: &str = "canary-7f3a9c";

    fn auth() -> Auth {
        Auth {
            header: "authorization".into(),
            prefix: "Bearer ".into(),
            env: "SOURCE_KEY".into(),
            hint: Some("under Account".into()),
            line: 1,
        }
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
        for (variables, file) in [
            (vec![], Ok(String::new())),
            (vec![("SOURCE_KEY", "  ")], Ok(String::new())),
            (vec![("SOURCE_KEY_FILE", "/run/key")], Ok(" \n".to_owned())),
        ] {
            let error = find(&variables, file).unwrap_err();
            assert!(matches!(&error, SetupError::KeyMissing { env, hint: Some(_) } if env == "SOURCE_KEY"));
        }
        let error =
            find(&[("SOURCE_KEY_FILE", "/run/key")], Err(io::ErrorKind::NotFound.into())).unwrap_err();
        assert!(error.to_string().contains("/run/key"), "{error}");
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
        let part = |env: &str, place| CredentialPart { env: env.to_owned(), hint: None, place };
        let header = |name: &str| KeyPlace::Header { name: name.to_owned(), prefix: String::new() };
        let parts = [
            part("APP_ID", header("x-app-id")),
            part("APP_KEY", header("x-app-key")),
            part("PASSWORD", KeyPlace::Basic { user: "ann".to_owned() }),
            part("QUERY_KEY", KeyPlace::Query { param: "api_key".to_owned() }),
        ];
        let env = |name: &str| Some(format!("{CANARY}-{name}"));
        let found = Credential::find_all(&parts, &env, &|_| Ok(String::new())).unwrap();
        let headers = found.headers();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["x-app-id", "x-app-key", "authorization"]);
        let basic = BASE64.encode(format!("ann:{CANARY}-PASSWORD"));
        assert_eq!(headers[2].1.to_str().unwrap(), format!("Basic {basic}"));
        assert_eq!(found.query_keys()[0].0, "api_key");
        assert_eq!(found.env(), "APP_ID or APP_KEY or PASSWORD or QUERY_KEY");
        let echo = format!("{CANARY}-APP_ID {CANARY}-APP_KEY {basic} {CANARY}-QUERY_KEY");
        assert_eq!(found.redact(&echo), "[key] [key] [key] [key]");
        assert!(!format!("{found:?}").contains("canary"), "{found:?}");
        let link: Url =
            format!("https://ann:{CANARY}@h.test/p?a=1&api_key={CANARY}-QUERY_KEY&b=2").parse().unwrap();
        assert_eq!(found.shown(&link), "https://h.test/p?a=1&b=2");
        let error = Credential::find_all(&parts, &|_| None, &|_| Ok(String::new())).unwrap_err();
        assert!(matches!(&error, SetupError::KeyMissing { env, .. } if env == "APP_ID"), "{error}");
    }
}
