//! Locking a mutex whose holders cannot leave it half changed.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex, also after a thread has panicked while it held it: what our mutexes guard is changed in one step each, so
/// that there is nothing half done to protect from, and a second panic would only hide the first.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
