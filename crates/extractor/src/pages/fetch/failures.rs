//! Answers that were no pages, kept as evidence.

use std::collections::VecDeque;

use crate::pages::FailedResponse;

/// Failed answers that are kept until they are taken; older ones give way.
const FAILURES_MAX: usize = 32;

/// The newest failed answers, oldest first.
#[derive(Debug, Default)]
pub(in crate::pages) struct FailureLog {
    kept: VecDeque<FailedResponse>,
}

impl FailureLog {
    /// Keeps one more.
    pub(super) fn push(&mut self, failed: FailedResponse) {
        if self.kept.len() == FAILURES_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(failed);
    }

    /// Takes over all that another log has kept.
    pub(in crate::pages) fn append(&mut self, newer: &mut Self) {
        for failed in newer.kept.drain(..) {
            self.push(failed);
        }
    }

    /// The answers since the last call, oldest first.
    pub(in crate::pages) fn take(&mut self) -> Vec<FailedResponse> {
        self.kept.drain(..).collect()
    }
}
