//! What an error of a library comes down to, in the words of those who run a pipeline.

use std::error::Error;
use std::io::{self, ErrorKind};

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
        ("certificate expired", "its certificate has expired"),
        ("Expired", "its certificate has expired"),
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

/// The text of the system, without its number for it; decompressors have texts of their own.
fn without_number(text: &str) -> String {
    match text {
        "incomplete frame" => "it is cut off".to_owned(),
        "Unknown frame descriptor" => "it is not compressed by zstd".to_owned(),
        "invalid gzip header" => "it is not compressed by gzip".to_owned(),
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
    fn the_innermost_cause_is_found_through_what_wraps_it() {
        let inner = io::Error::other(io::Error::other("inner"));
        assert_eq!(innermost(&inner).to_string(), "inner");
    }
}
