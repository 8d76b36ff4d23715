//! An answer that a habit gives instead of a page.

/// A refusal, and the habit it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) habit: &'static str,
    pub(crate) status: u16,
    pub(crate) message: String,
    /// Headers beside those that every answer has.
    pub(crate) headers: Vec<(String, String)>,
}

impl Refused {
    pub(crate) fn new(habit: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self { habit, status, message: message.into(), headers: Vec::new() }
    }
}
