//! A mutex that is locked without an error to handle.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A mutex whose poison does not matter: a holder that panics ends the run before its commit (the panic of a worker is
/// its result, that of a task goes up through the runtime), so nothing is published from a value it left half changed.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Waits for the value and holds it.
    pub(crate) fn hold(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
