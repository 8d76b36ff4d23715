//! What a pipeline says of a stream's answers beyond where things stand in them; the defaults suit a source of which nothing is
//! known.

use std::collections::BTreeSet;

use crate::Pointer;

/// What a pipeline says of a stream's answers, and of how several ids are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnswerRules {
    /// Signs by which an answer of a good status is known as a failure, beside the usual ones.
    pub failures: Vec<FailureSign>,
    /// What is an end by the source's own rules: it is not warned of, and never taken for a fault.
    pub ends: BTreeSet<EndSign>,
    /// How chosen ids stand in a query.
    pub ids: IdForm,
    /// The most bytes that chosen ids take in a query; the usual bound where it is `None`.
    pub query_bytes: Option<u32>,
}

/// A value that stands in no answer but a failed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureSign {
    /// Where it stands. Where nothing stands there, it is no sign.
    pub at: Pointer,
    /// The values that mean failure.
    pub is: FailedValues,
}

/// Values that mean failure: texts of a string, or as JSON spells any other value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailedValues {
    /// Any but null, `false`, 0 and what is empty.
    Any,
    /// These.
    These(Vec<String>),
    /// Any but these.
    AllBut(Vec<String>),
}

/// A way in which a source says that no more pages follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndSign {
    /// `null` stands where the records should be.
    NullRecords,
    /// The member with the way to the next page is left out.
    AbsentNext,
    /// A cursor or link that was followed before, or a page that came before.
    Repeat,
    /// The page behind the last is answered with this status.
    Status(u16),
}

/// How several ids stand in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdForm {
    /// In one parameter, with this between them.
    Joined(String),
    /// Each in a parameter of its own, all of one name.
    Repeated,
}

impl Default for IdForm {
    fn default() -> Self {
        Self::Joined(",".to_owned())
    }
}

impl IdForm {
    /// True for an id that would be read as several.
    pub fn would_split(&self, id: &str) -> bool {
        match self {
            Self::Joined(separator) => !separator.is_empty() && id.contains(separator.as_str()),
            Self::Repeated => false,
        }
    }
}
