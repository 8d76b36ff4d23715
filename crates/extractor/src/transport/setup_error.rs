//! Why the way to a source could not be set up.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why the way to a source could not be set up.
#[derive(Debug, Error)]
pub enum SetupError {
    /// There is no key.
    #[error("no key: the environment variable {env} is not set, nor is {env}_FILE")]
    KeyMissing {
        /// The variable that should hold it.
        env: String,
    },
    /// The variable of the key, or the one of its file, is set to nothing.
    #[error("no key: the environment variable {variable} is set, and empty")]
    KeyEmpty {
        /// The variable.
        variable: String,
    },
    /// The file with the key holds nothing.
    #[error("no key: the file that {variable} names is empty")]
    KeyFileEmpty {
        /// The variable that names the file.
        variable: String,
    },
    /// The file with the key cannot be read.
    #[error("reading the key from the file that {variable} names failed{}", in_brackets(path.as_ref().map(|path| path.display().to_string()).as_deref()))]
    KeyFile {
        /// The variable that names the file.
        variable: String,
        /// The file; `None` where what stands there does not read as a path, and may be the key itself.
        path: Option<PathBuf>,
        /// Why not.
        source: io::Error,
    },
    /// The key cannot stand in a header.
    #[error("the key in {env} holds a line break or another character that fits in no header")]
    KeyUnfit {
        /// The variable that holds it.
        env: String,
    },
    /// HTTPS could not be set up, as on a machine without root certificates.
    #[error("HTTPS could not be set up: {reason}")]
    Client {
        /// Why not, and what to do about it.
        reason: String,
    },
}

/// A hint behind a message; nothing where there is none.
pub(crate) fn in_brackets(hint: Option<&str>) -> String {
    hint.map(|hint| format!(" ({hint})")).unwrap_or_default()
}
