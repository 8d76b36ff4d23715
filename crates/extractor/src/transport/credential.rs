//! The key to a source.

use std::fmt;
use std::io;
use std::path::Path;

use bytes::Bytes;
use convolake_model::Auth;
use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::error::ExtractError;

/// Shorter keys are not looked for in texts: they would turn up in any word.
const REDACTED_LENGTH_MIN: usize = 4;

/// The key to a source and the header that carries it. The key shows in no `Debug`, error or log.
#[derive(Clone)]
pub struct Credential {
    key: SecretString,
    header: HeaderName,
    value: HeaderValue,
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
    ) -> Result<Self, ExtractError> {
        let key = match filled(env(&auth.env)) {
            Some(key) => Some(key),
            None => Self::from_file(auth, env, read_file)?,
        };
        let key =
            key.ok_or_else(|| ExtractError::KeyMissing { env: auth.env.clone(), hint: auth.hint.clone() })?;
        let unfit = || ExtractError::KeyUnfit { env: auth.env.clone() };
        let header = HeaderName::from_bytes(auth.header.as_bytes()).map_err(|_| unfit())?;
        let mut value = HeaderValue::from_str(&format!("{}{key}", auth.prefix)).map_err(|_| unfit())?;
        value.set_sensitive(true);
        Ok(Self {
            key: SecretString::from(key),
            header,
            value,
            env: auth.env.clone(),
            hint: auth.hint.clone(),
        })
    }

    fn from_file(
        auth: &Auth,
        env: &dyn Fn(&str) -> Option<String>,
        read_file: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<Option<String>, ExtractError> {
        let variable = format!("{}_FILE", auth.env);
        let Some(path) = filled(env(&variable)) else {
            return Ok(None);
        };
        read_file(Path::new(&path)).map(|text| filled(Some(text))).map_err(|source| ExtractError::KeyFile {
            variable,
            path: path.into(),
            source,
        })
    }

    /// The variable that holds the key.
    pub fn env(&self) -> &str {
        &self.env
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The header that carries the key; its value is marked sensitive.
    pub(crate) fn header(&self) -> (HeaderName, HeaderValue) {
        (self.header.clone(), self.value.clone())
    }

    /// `text` without the key, for what a source says of itself: some echo what they were sent.
    pub(crate) fn redact(&self, text: &str) -> String {
        let key = self.key.expose_secret();
        match key.len() >= REDACTED_LENGTH_MIN && text.contains(key) {
            true => text.replace(key, "[key]"),
            false => text.to_owned(),
        }
    }

    /// A copy of `bytes` without the key.
    pub(crate) fn redact_bytes(&self, bytes: &[u8]) -> Bytes {
        let key = self.key.expose_secret().as_bytes();
        if key.len() < REDACTED_LENGTH_MIN {
            return Bytes::copy_from_slice(bytes);
        }
        let mut redacted = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((byte, behind)) = rest.split_first() {
            match rest.strip_prefix(key) {
                Some(behind) => {
                    redacted.extend_from_slice(b"[key]");
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

fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl fmt::Debug for Credential {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Credential")
            .field("header", &self.header)
            .field("env", &self.env)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FailureKind;

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

    fn find(variables: &[(&str, &str)], file: io::Result<String>) -> Result<Credential, ExtractError> {
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
            assert_eq!(found.header().1.to_str().unwrap(), format!("Bearer {CANARY}"));
            assert!(!format!("{found:?}{:?}", found.header()).contains(CANARY));
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
            assert!(matches!(&error, ExtractError::KeyMissing { env, hint: Some(_) } if env == "SOURCE_KEY"));
            assert_eq!(error.kind(), FailureKind::Config);
        }
        let error =
            find(&[("SOURCE_KEY_FILE", "/run/key")], Err(io::ErrorKind::NotFound.into())).unwrap_err();
        assert!(error.to_string().contains("/run/key"), "{error}");
        let error = find(&[("SOURCE_KEY", "canary-7f3a9c\nx: y")], Ok(String::new())).unwrap_err();
        assert!(matches!(error, ExtractError::KeyUnfit { .. }));
        assert!(!format!("{error}{error:?}").contains("canary"));
    }

    #[test]
    fn texts_are_redacted() {
        let found = find(&[("SOURCE_KEY", CANARY)], Ok(String::new())).unwrap();
        assert_eq!(found.redact("bad key canary-7f3a9c!"), "bad key [key]!");
        assert_eq!(found.redact_bytes(b"bad key canary-7f3a9c\xff"), b"bad key [key]\xff".as_slice());
    }
}
