//! Why an answer is no page.

use thiserror::Error;

/// Why an answer is no page. Such an answer is a failed request, never an end.
#[derive(Debug, Error)]
pub enum PageFault {
    /// There is no body.
    #[error("the body is empty")]
    Empty,
    /// A part of a page, unasked.
    #[error("the body is a part of a page only (206)")]
    Partial,
    /// A page for people.
    #[error("the body is HTML")]
    Html,
    /// No JSON, or JSON that was cut off.
    #[error("the body is no JSON, or was cut off")]
    NotJson(#[source] serde_json::Error),
    /// There is nothing where the records should stand.
    #[error("nothing stands at {at}, where the records should be{}", after_colon(message.as_deref()))]
    NoRecords {
        /// The JSON Pointer.
        at: String,
        /// The source's own words, where there are any.
        message: Option<String>,
    },
    /// There is no array where the records should stand.
    #[error("no array stands at {at}, where the records should be")]
    RecordsNoArray {
        /// The JSON Pointer.
        at: String,
    },
    /// An object stands in place of an array of records, and is no record.
    #[error("an object stands at {at}, where the records should be, and no record: nothing stands at its {id}{}", members_of(at, message.as_deref()))]
    NoRecord {
        /// The JSON Pointer.
        at: Box<str>,
        /// The JSON Pointer to a record's id.
        id: Box<str>,
        /// The source's own words, where there are any.
        message: Option<Box<str>>,
    },
    /// No records, and yet a body that is too large for an end: they may stand elsewhere by now.
    #[error("no records stand at {at}, and yet the body has {bytes} bytes; they may stand elsewhere by now")]
    EmptyAndLarge {
        /// The JSON Pointer.
        at: String,
        /// How large the body is.
        bytes: usize,
    },
    /// The source says itself that it failed.
    #[error("the source says that it failed{}{}", in_brackets(sign.as_deref()), after_colon(message.as_deref()))]
    Failed {
        /// What says so, where it is no plain `false`: `"error" stands at /status`.
        sign: Option<String>,
        /// The source's own words, where there are any.
        message: Option<String>,
    },
    /// The cursor or link is neither text nor number nor null.
    #[error("no text stands at {at}, where the way to the next page should be{}", one_of(at, members))]
    NextNotText {
        /// The JSON Pointer.
        at: String,
        /// The names of the members of an object that stands there.
        members: Vec<String>,
    },
}

impl PageFault {
    /// True where the pipeline is wrong, and no other answer would be right.
    pub(crate) fn is_mistake(&self) -> bool {
        matches!(self, Self::NextNotText { members, .. } if !members.is_empty())
    }
}

/// Which member of an object may be meant.
fn one_of(at: &str, members: &[String]) -> String {
    match members.first() {
        Some(first) => {
            format!("; an object of {} does: name one of them, as in {at}/{first}", members.join(", "))
        }
        None => String::new(),
    }
}

/// The source's own words, or else what an object in place of records may be.
fn members_of(at: &str, message: Option<&str>) -> String {
    match message {
        None if at.starts_with('/') => format!("; is each of its members one, at {at}/*?"),
        message => after_colon(message),
    }
}

fn in_brackets(sign: Option<&str>) -> String {
    sign.map(|sign| format!(" ({sign})")).unwrap_or_default()
}

fn after_colon(message: Option<&str>) -> String {
    message.map(|message| format!(": {message}")).unwrap_or_default()
}
