//! A mutex without poisoning.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A value that several tasks share, each for the length of a few assignments.
///
/// The value is never left between two states: no holder calls out, waits or can panic while it changes the value. So
/// the poison mark of a mutex, left where a holder panicked, would say nothing of the value, and it is ignored here
/// and nowhere else.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Exclusive access, to be given back before the next await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
