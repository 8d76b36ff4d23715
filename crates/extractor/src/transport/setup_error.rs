//! Why the way to a source could not be set up.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why the way to a source could not be set up.
#[derive(Debug, Error)]
pub enum SetupError {
    /// There is no key.
    #[error("no key: the environment variable {env} is not set, nor is {env}_FILE{}", in_brackets(hint.as_deref()))]
    KeyMissing {
        /// The variable that should hold it.
        env: String,
        /// Where a user finds the key.
        hint: Option<String>,
    },
    /// The file with the key cannot be read.
    #[error("reading the key from {path}, named by {variable}, failed", path = path.display())]
    KeyFile {
        /// The variable that names the file.
        variable: String,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The key cannot stand in a header.
    #[error("the key in {env} holds a line break or another character that fits in no header")]
    KeyUnfit {
        /// The variable that holds it.
        env: String,
    },
    /// The HTTP client could not be set up.
    #[error(
        "this machine's HTTPS could not be set up; has it root certificates (or a file of them in SSL_CERT_FILE)?"
    )]
    Client {
        /// Why not.
        source: reqwest::Error,
    },
}

/// A hint behind a message; nothing where there is none.
pub(crate) fn in_brackets(hint: Option<&str>) -> String {
    hint.map(|hint| format!(" ({hint})")).unwrap_or_default()
}
