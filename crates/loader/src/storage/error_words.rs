//! What a store's errors mean: a vendor's error codes and hints become one of a few faults, and text that may be passed on.

use convolake_model::network_words;
use object_store::Error;
use object_store::path::Path;

use crate::LoadError;
use crate::error::{StoreError, StoreFault};

/// How a vendor words its refusals.
#[derive(Debug)]
pub(crate) struct ErrorWords {
    /// The fault of an answer, where it is told by what only this vendor says.
    pub(crate) fault: fn(&Answer<'_>) -> Option<StoreFault>,
    /// What to look at where the store refuses.
    pub(crate) hint: fn(StoreFault) -> &'static str,
}

/// An answer as it is looked at.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) error: &'a Error,
    pub(crate) text: &'a str,
    /// The vendor's code, where the answer's body names one.
    pub(crate) code: Option<&'a str>,
}

impl ErrorWords {
    /// Those of a disk, which is no vendor.
    pub(crate) const fn of_disk() -> &'static Self {
        &Self { fault: |_| None, hint: |_| "look at the rights of the user that runs convolake" }
    }

    /// An error of an act on an object.
    pub(crate) fn failed(
        &'static self,
        act: &'static str,
        object: &str,
    ) -> impl FnOnce(Error) -> LoadError + use<> {
        let object = object.to_owned();
        move |error| {
            let source = self.read(&error);
            match source.fault {
                StoreFault::NoBucket => LoadError::BucketMissing { act, object, source },
                StoreFault::Unavailable => LoadError::StoreUnavailable { act, object, source },
                StoreFault::Precondition | StoreFault::NotImplemented | StoreFault::Other => {
                    LoadError::Object { act, object, source }
                }
                refused => LoadError::StoreRefused { act, object, hint: (self.hint)(refused), source },
            }
        }
    }

    /// What an error means.
    pub(crate) fn read(&self, error: &Error) -> StoreError {
        let text = error.to_string();
        // The client words the codes of single objects in a request for many in a text of its own.
        let code = between(&text, "<Code>", "</Code>").or_else(|| between(&text, "(code: ", ")"));
        let answer = Answer { error, text: &text, code };
        let general = || match error {
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => StoreFault::Refused,
            Error::Precondition { .. } | Error::AlreadyExists { .. } => StoreFault::Precondition,
            Error::NotImplemented { .. } | Error::NotSupported { .. } => StoreFault::NotImplemented,
            _ => StoreFault::Other,
        };
        let fault = (self.fault)(&answer).unwrap_or_else(general);
        StoreError { fault, text: passed_on(error, &text, code) }
    }
}

/// A name as the path of an object.
pub(crate) fn object_path(act: &'static str, object: &str) -> Result<Path, LoadError> {
    Path::parse(object).map_err(|error| ErrorWords::of_disk().failed(act, object)(error.into()))
}

/// The text as it may be passed on: of an answer's body only its code and message, as the rest may hold a key's name and what it
/// signed.
fn passed_on(error: &Error, text: &str, code: Option<&str>) -> String {
    const LONGEST: usize = 600;
    let Some(code) = code else {
        let is_answer = text.contains(ANSWERED);
        return match network_words(error).filter(|_| !is_answer) {
            Some(words) => words.to_owned(),
            None => plain(text).chars().take(LONGEST).collect(),
        };
    };
    match between(text, "<Message>", "</Message>") {
        Some(message) => format!("{code}: {}", message.chars().take(LONGEST).collect::<String>()),
        None => code.to_owned(),
    }
}

/// What the client library puts before the answer of a store.
const ANSWERED: &str = "Server returned non-2xx status code: ";

/// The text without what the client library says of itself: how often and how long it tried.
fn plain(text: &str) -> String {
    if let Some((_, answer)) = text.split_once(ANSWERED) {
        return format!("it answered {}", answer.trim());
    }
    let text = text.split_once("HTTP error: ").map_or(text, |(_, cause)| cause);
    let text = match text.strip_prefix("Generic ").and_then(|rest| rest.split_once(" error: ")) {
        Some((_, cause)) => cause,
        None => text,
    };
    match text {
        "error sending request" => "the request did not get through".to_owned(),
        // An answer to a write names what was written.
        _ if text.starts_with("Unable to extract metadata from headers") => {
            "what listens there does not answer as an S3 store does".to_owned()
        }
        other => other.to_owned(),
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_tells_of_the_client_library() {
        for (text, expected) in [
            (
                "Generic S3 error: Error performing list request: Error performing GET http://h/b in 1s, after 6 retries, \
                 max_retries: 6, retry_timeout: 60s  - HTTP error: error sending request",
                "the request did not get through",
            ),
            (
                "Generic S3 error: Error performing GET http://h/b in 19ms - Server returned non-2xx status code: 404 Not \
                 Found: no such thing",
                "it answered 404 Not Found: no such thing",
            ),
            (
                "Generic S3 error: Unable to extract metadata from headers: ETag Header missing from response",
                "what listens there does not answer as an S3 store does",
            ),
            ("Generic S3 error: something else", "something else"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
