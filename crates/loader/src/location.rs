//! Where a lake lies, as the user names it.

use std::path::PathBuf;

use convolake_model::without_secrets;

use crate::LoadError;

/// Where a lake lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder of this machine.
    Folder(PathBuf),
    /// What lies below a prefix of an S3 bucket.
    Bucket {
        /// The bucket.
        bucket: String,
        /// The prefix, without a slash at either end; empty for the whole bucket.
        prefix: String,
    },
}

impl Location {
    /// True for a folder that is not there; whether a bucket is, only a request tells.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Folder(folder) if !folder.is_dir())
    }

    /// Reads `./dir`, `/dir`, `file:///dir` or `s3://bucket/prefix`.
    ///
    /// # Errors
    /// [`LoadError::Location`] for anything else.
    pub fn parse(text: &str) -> Result<Self, LoadError> {
        let refuse = |reason| Err(LoadError::Location { text: without_secrets(text), reason });
        if holds_key(text) {
            return refuse(
                "a key or password never stands in it; keys are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            );
        }
        match text.split_once("://") {
            None if text.is_empty() => refuse("it is empty"),
            None if is_mistyped_url(text) => {
                refuse("a URL has two slashes behind its scheme, as in s3://bucket/prefix")
            }
            None => Ok(Self::Folder(text.into())),
            Some(("file", rest)) => match rest.strip_prefix("localhost").unwrap_or(rest) {
                path if path.starts_with('/') => match decoded(path) {
                    Some(path) => Ok(Self::Folder(path)),
                    None => refuse(
                        "a `%` in a file URL stands before two hexadecimal digits, as in %20 for a space",
                    ),
                },
                _ => refuse("a file URL has three slashes, as in file:///data/lake"),
            },
            Some(("s3" | "s3a", rest)) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                let prefix = prefix.trim_matches('/');
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
                if bucket.is_empty() || !bucket.bytes().all(fits) {
                    return refuse("an S3 URL names a bucket, as in s3://bucket/prefix");
                }
                if !prefix.is_empty() && prefix.split('/').any(|part| matches!(part, "" | "." | "..")) {
                    return refuse("the prefix has an empty part, `.` or `..` in it");
                }
                if prefix.contains(['?', '#', '*', '[', ']']) {
                    return refuse("readers would take a character of the prefix for a pattern");
                }
                Ok(Self::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
            }
            Some(_) => refuse("use a folder, a file:// URL or s3://bucket/prefix"),
        }
    }
}

/// True for `scheme://KEY:SECRET@bucket/..`, also where a slash is missing. A secret may hold slashes itself.
fn holds_key(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(":/") else { return false };
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let first = rest.trim_start_matches('/').split('/').next().unwrap_or_default();
    is_scheme && scheme != "file" && rest.contains(['@', '%']) && first.contains(['@', ':', '%'])
}

/// `s3:/x` or `s3:x`: a folder of that name is hardly meant. A path such as `./s3:/x` is one.
fn is_mistyped_url(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| matches!(scheme, "s3" | "s3a" | "file" | "http" | "https"))
}

/// The path of a file URL, whose characters may be written as `%20`; `None` where a `%` stands before no two digits, or
/// what comes out is no path.
fn decoded(path: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digits = std::str::from_utf8(&digits).ok().filter(|text| !text.starts_with('+'))?;
                u8::from_str_radix(digits, 16).ok().filter(|byte| *byte != 0)?
            }
            plain => plain,
        });
    }
    Some(String::from_utf8(bytes).ok()?.into())
}

impl std::fmt::Display for Location {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(formatter),
            Self::Bucket { bucket, prefix } if prefix.is_empty() => write!(formatter, "s3://{bucket}"),
            Self::Bucket { bucket, prefix } => write!(formatter, "s3://{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations() {
        let folder = |path: &str| Some(Location::Folder(path.into()));
        let bucket = |bucket: &str, prefix: &str| {
            Some(Location::Bucket { bucket: bucket.into(), prefix: prefix.into() })
        };
        let cases = [
            ("./lake", folder("./lake")),
            ("lake", folder("lake")),
            ("file:///data/lake", folder("/data/lake")),
            ("file://localhost/data", folder("/data")),
            ("file:///data/a%20b%2Fc/%C3%BC", folder("/data/a b/c/ü")),
            ("file:///data/100%", None),
            ("file:///data/%zz", None),
            ("file:///data/%00", None),
            ("file://host/data", None),
            ("file:/data", None),
            ("s3:/x", None),
            ("s3:x", None),
            ("./s3:/x", folder("./s3:/x")),
            ("C:/lake", folder("C:/lake")),
            ("s3://bucket/prefix", bucket("bucket", "prefix")),
            ("s3://bucket/a/b/", bucket("bucket", "a/b")),
            ("s3://bucket", bucket("bucket", "")),
            ("s3a://bucket/", bucket("bucket", "")),
            ("s3:///prefix", None),
            ("s3://b ucket/x", None),
            ("s3://bucket/a//b", None),
            ("s3://bucket/a/../b", None),
            ("s3://bucket/a*", None),
            ("https://example.com", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Location::parse(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn no_key_is_repeated() {
        for text in [
            "s3://ID:S3cret@bucket/p",
            "s3://ID:S3/cr?et@bucket",
            "s3://S3cret@bucket",
            "s3:/ID:S3cret@bucket",
            "s3://ID:S3cret%40bucket/p",
            "https://ann:S3cret@h.invalid/p",
            "https://h.invalid/p?sig=S3cret",
            "s3://bucket/p?secret=S3cret",
        ] {
            let error = Location::parse(text).unwrap_err();
            let said = format!("{error} {error:?}");
            assert!(!said.contains("S3") && !said.contains("cret"), "{said}");
        }
        let error = Location::parse("s3://ID:S3cret@bucket/p").unwrap_err().to_string();
        assert!(error.contains("s3://[hidden]@bucket/p") && error.contains("AWS_ACCESS_KEY_ID"), "{error}");
    }
}
