use std::path::PathBuf;

use crate::LoadError;

/// Where a lake lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder of this machine.
    Folder(PathBuf),
}

impl Location {
    /// Reads `./dir`, `/dir` or `file:///dir`.
    ///
    /// # Errors
    /// [`LoadError::Location`] for `s3://` (not supported yet) and any other scheme.
    pub fn parse(text: &str) -> Result<Self, LoadError> {
        let refuse = |reason| Err(LoadError::Location { text: text.to_owned(), reason });
        match text.split_once("://") {
            None if text.is_empty() => refuse("it is empty"),
            None => Ok(Self::Folder(text.into())),
            Some(("file", rest)) => match rest.strip_prefix("localhost").unwrap_or(rest) {
                path if path.starts_with('/') => Ok(Self::Folder(path.into())),
                _ => refuse("a file URL has three slashes, as in file:///data/lake"),
            },
            Some(("s3", _)) => refuse("s3 is not supported yet, a local folder is"),
            Some(_) => refuse("use a folder or a file:// URL"),
        }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations() {
        let cases = [
            ("./lake", Some("./lake")),
            ("lake", Some("lake")),
            ("file:///data/lake", Some("/data/lake")),
            ("file://localhost/data", Some("/data")),
            ("file://host/data", None),
            ("s3://bucket/prefix", None),
            ("https://example.com", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let found = Location::parse(text).ok();
            assert_eq!(found, expected.map(|path| Location::Folder(path.into())), "{text}");
        }
    }
}
