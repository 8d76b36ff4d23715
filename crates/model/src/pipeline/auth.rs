//! Where the keys of a source come from, and where requests carry them.

/// How requests are authorised: one key or several, each from the environment or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// The keys; never empty.
    pub parts: Vec<AuthPart>,
}

impl Auth {
    /// The variables that hold the keys, in the order they stand in the file.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(AuthPart::variables)
    }
}

/// One key, and where requests carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthPart {
    /// The environment variable that holds the key; `<env>_FILE` may name a file that holds it instead.
    pub env: String,
    /// Where requests carry it.
    pub place: KeyPlace,
    /// Where a user finds the key, for error messages.
    pub hint: Option<String>,
    /// Where the variable is named in the pipeline's file, from 1.
    pub line: u64,
}

impl AuthPart {
    /// The variables that hold it: the key's, and the password's beside a user.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let password = match &self.place {
            KeyPlace::Basic { password } => password.as_deref(),
            KeyPlace::Header { .. } | KeyPlace::Query { .. } => None,
        };
        [Some(self.env.as_str()), password].into_iter().flatten()
    }
}

/// Where requests carry a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// In a header, behind a prefix such as `Bearer `.
    Header {
        /// The header's name, in lower case.
        name: String,
        /// What stands before the key.
        prefix: String,
    },
    /// In a query parameter. It is added as a request is sent, and stands in no URL that is shown or kept.
    Query {
        /// The parameter's name.
        param: String,
    },
    /// As the user of HTTP basic authentication.
    Basic {
        /// The variable that holds the password; `None` for an empty one, as where a key alone stands for the user.
        password: Option<String>,
    },
}
