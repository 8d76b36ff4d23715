//! What an error of a library comes down to, in the words of those who run a pipeline.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

/// What an error of the network comes down to; `None` where nothing better is known than its own text.
pub fn network_words(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut chain = Chain(Some(error));
    chain.find_map(|cause| match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(ErrorKind::ConnectionRefused) => Some("nobody listens there"),
        Some(ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe) => {
            Some("the other side closed the connection")
        }
        Some(ErrorKind::TimedOut) => Some("there was no answer in time"),
        Some(ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable) => {
            Some("no way leads there from this machine")
        }
        _ => of_text(&cause.to_string()),
    })
}

/// Libraries that are no dependency here are known by their text.
fn of_text(text: &str) -> Option<&'static str> {
    const TEXTS: &[(&str, &str)] = &[
        // TLS over a port that speaks something else.
        ("InvalidContentType", "what listens there does not speak TLS; should the URL begin with http://?"),
        ("received corrupt message", "what listens there does not speak TLS as it should"),
        ("failed to lookup address", "the host's name is not known; is it misspelt, or is there no network?"),
        ("dns error", "the host's name is not known; is it misspelt, or is there no network?"),
        ("connection closed before message completed", "the other side closed the connection"),
        ("unexpected eof", "the other side closed the connection"),
        ("peer closed connection", "the other side closed the connection"),
        ("end of file before message length reached", "the other side closed the connection"),
        ("invalid HTTP version", "what listens there does not speak HTTP"),
        ("invalid HTTP status", "what listens there does not speak HTTP"),
        ("HTTP/0.9", "what listens there does not speak HTTP"),
        ("UnknownIssuer", "nobody this machine trusts has signed its certificate"),
        ("NotValidForName", "its certificate is for another host"),
        ("not valid for name", "its certificate is for another host"),
        ("certificate not valid yet", "its certificate is not valid yet; is this machine's clock right?"),
        ("certificate expired", "its certificate has expired"),
        ("Expired", "its certificate has expired"),
        ("NotValidYet", "its certificate is not valid yet; is this machine's clock right?"),
        ("CaUsedAsEndEntity", "its certificate is signed by itself, or is one to sign others with"),
        ("Revoked", "its certificate was revoked"),
        ("invalid peer certificate", "its certificate does not hold"),
        ("received fatal alert", "the other side refused the TLS connection"),
        ("No CA certificates were loaded", NO_ROOTS),
        ("operation timed out", "there was no answer in time"),
    ];
    TEXTS.iter().find(|(sign, _)| text.contains(sign)).map(|(_, words)| *words)
}

/// What an error of the file system or of a compressed file comes down to.
pub fn io_words(error: &io::Error) -> String {
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "this user is not allowed to",
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        ErrorKind::StorageFull => "no space is left on the disk",
        ErrorKind::QuotaExceeded => "the disk quota is used up",
        ErrorKind::FileTooLarge => "the file would be larger than is allowed",
        ErrorKind::AlreadyExists => "something of that name is there already",
        ErrorKind::IsADirectory => "it is a folder, and a file is needed",
        ErrorKind::NotADirectory => "what should be a folder on the way there is a file",
        ErrorKind::DirectoryNotEmpty => "the folder is not empty",
        ErrorKind::AddrInUse => "something else listens there already",
        ErrorKind::UnexpectedEof => "it is cut off",
        _ => return without_number(&error.to_string()),
    };
    words.to_owned()
}

/// Without roots no certificate can be checked, and no connection be set up.
const NO_ROOTS: &str =
    "no root certificates were found; install those of the system, or name a file of them in SSL_CERT_FILE";

/// The text of the system, without its number for it; decompressors have texts of their own.
fn without_number(text: &str) -> String {
    match text {
        "incomplete frame" => "it is cut off".to_owned(),
        "Unknown frame descriptor" => "it is not compressed by zstd".to_owned(),
        "invalid gzip header" => "it is not compressed by gzip".to_owned(),
        "Invalid Data" => "it is not compressed by brotli, or was written over".to_owned(),
        "stream did not contain valid UTF-8" => "it is no UTF-8 text".to_owned(),
        "corrupt deflate stream" | "Data corruption detected" | "Restored data doesn't match checksum" => {
            "what is compressed in it was written over".to_owned()
        }
        _ => text.split(" (os error").next().unwrap_or(text).to_owned(),
    }
}

/// An error and what caused it, through I/O errors, which do not count what they wrap as their source.
struct Chain<'a>(Option<&'a (dyn Error + 'static)>);

impl<'a> Iterator for Chain<'a> {
    type Item = &'a (dyn Error + 'static);

    fn next(&mut self) -> Option<Self::Item> {
        let error = self.0?;
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        self.0 = wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| error.source());
        Some(error)
    }
}

/// An error and its causes in one text, joined by `joiner`; a cause whose text is already there is left out.
pub fn with_causes(error: &dyn Error, joiner: &str) -> String {
    let mut text = error.to_string();
    for cause in successors(error.source(), |cause| (*cause).source()) {
        let words = cause_words(cause);
        if !text.contains(&words) {
            text.push_str(joiner);
            text.push_str(&words);
        }
    }
    text
}

/// A cause in words: where it is of a library, without what that says of itself.
pub fn cause_words(cause: &(dyn Error + 'static)) -> String {
    if let Some(error) = cause.downcast_ref::<serde_json::Error>() {
        let what = match error.classify() {
            serde_json::error::Category::Eof => "it is cut off",
            serde_json::error::Category::Io => "it could not be read",
            serde_json::error::Category::Syntax | serde_json::error::Category::Data => {
                "it is not as it should be"
            }
        };
        return match error.line() {
            // It was read from no text.
            0 => what.to_owned(),
            line => format!("{what}, at line {line}, column {}", error.column()),
        };
    }
    let text = cause.to_string();
    // A library that wraps an I/O error repeats its text.
    let of_system = Chain(Some(cause)).find_map(|cause| cause.downcast_ref::<io::Error>());
    if let Some(error) = of_system.filter(|error| text.contains(&error.to_string())) {
        return io_words(error);
    }
    const PREFIXES: [&str; 6] =
        ["Parquet error: ", "Arrow: ", "External: ", "EOF: ", "Io error: ", "Parquet argument error: "];
    let stripped =
        PREFIXES.iter().fold(text.as_str(), |text, prefix| text.strip_prefix(prefix).unwrap_or(text));
    match stripped.contains("Invalid Parquet file") || text.starts_with("EOF: ") {
        true => "it is no Parquet file, or was cut off".to_owned(),
        false if text.starts_with("Parquet ") => "what stands in it does not read as Parquet".to_owned(),
        false => stripped.to_owned(),
    }
}

/// The innermost cause of an error.
pub fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    Chain(Some(error)).last().unwrap_or(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_is_told_of_in_words() {
        let refused = io::Error::from(ErrorKind::ConnectionRefused);
        assert_eq!(network_words(&refused), Some("nobody listens there"));
        for (text, words) in [
            ("received corrupt message of type InvalidContentType", Some("does not speak TLS")),
            ("dns error: failed to lookup address information", Some("name is not known")),
            ("connection closed before message completed", Some("closed the connection")),
            ("something new", None),
        ] {
            // As a library that wraps it does.
            let wrapped = io::Error::other(text);
            let found = network_words(&wrapped);
            assert_eq!(found.is_some(), words.is_some(), "{text}: {found:?}");
            assert!(
                found.is_none_or(|found| words.is_some_and(|words| found.contains(words))),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn no_error_of_the_system_shows_its_number() {
        for number in 1..120 {
            let error = io::Error::from_raw_os_error(number);
            let words = io_words(&error);
            assert!(!words.contains("os error") && !words.is_empty(), "{error}: {words}");
        }
        assert_eq!(io_words(&io::Error::other("incomplete frame")), "it is cut off");
    }

    #[test]
    fn causes_are_told_in_words() {
        let torn = serde_json::from_str::<serde_json::Value>("{\"a\": ").unwrap_err();
        assert_eq!(cause_words(&torn), "it is cut off, at line 1, column 6");
        let wrong = serde_json::from_str::<u8>("[]").unwrap_err();
        assert!(!cause_words(&wrong).contains("invalid type"), "{wrong}");
        for (text, words) in [
            ("EOF: Parquet file too small. Size is 6 but need 8", "it is no Parquet file, or was cut off"),
            ("Parquet error: Invalid Parquet file. Corrupt footer", "it is no Parquet file, or was cut off"),
            ("Parquet error: bad thrift", "what stands in it does not read as Parquet"),
        ] {
            assert_eq!(cause_words(&Wrapping(text, None)), words);
        }
    }

    #[test]
    fn what_repeats_an_error_of_the_system_is_told_once() {
        let full = || Some(io::Error::from_raw_os_error(28));
        let wrapped = Wrapping("External: No space left on device (os error 28)", full());
        assert_eq!(
            with_causes(&Wrapping("it failed", full()), ": "),
            "it failed: no space is left on the disk"
        );
        assert_eq!(cause_words(&wrapped), "no space is left on the disk");
        assert_eq!(cause_words(&Wrapping("it does not decompress", full())), "it does not decompress");
    }

    /// An error of a library, with the one of the system behind it.
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Wrapping(&'static str, #[source] Option<io::Error>);

    #[test]
    fn the_innermost_cause_is_found_through_what_wraps_it() {
        let inner = io::Error::other(io::Error::other("inner"));
        assert_eq!(innermost(&inner).to_string(), "inner");
    }
}
