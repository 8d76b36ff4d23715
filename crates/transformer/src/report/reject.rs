//! Records and elements that could not become rows, and why.

/// A record or an element that could not become rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Why.
    pub reason: RejectReason,
    /// Where on the page, as a JSON Pointer.
    pub pointer: String,
    /// The index of its record on the page.
    pub index_in_page: u32,
    /// What it is about: a column, a limit.
    pub detail: String,
    /// Its text, verbatim.
    pub text: String,
}

/// Why something could not become rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RejectReason {
    /// A record that is no JSON: `NaN`, a control character in a text, an escape that JSON has not.
    NotJson,
    /// A record that is no object.
    NotAnObject,
    /// An element in which a record should stand, and nothing does.
    NoRecord,
    /// A required column has no value.
    MissingRequired,
    /// A key that leads to rows stands twice in one object.
    DuplicateKey,
    /// Nested deeper than readers of JSON columns bear.
    TooDeep,
    /// A value would stand in so many rows that they could not be held.
    TooLarge,
    /// A value does not fit its column, and the column is required or the pipeline says `on_mismatch: quarantine`.
    Mismatch,
}

impl RejectReason {
    /// The reason's code in quarantine lines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::NotAnObject => "not_an_object",
            Self::NoRecord => "no_record",
            Self::MissingRequired => "missing_required",
            Self::DuplicateKey => "duplicate_key",
            Self::TooDeep => "too_deep",
            Self::TooLarge => "too_large",
            Self::Mismatch => "mismatch",
        }
    }
}
