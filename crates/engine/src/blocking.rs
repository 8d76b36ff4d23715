//! Blocking work (disk, whole tables) off the tasks of the runtime.

use crate::EngineError;

/// Runs what blocks on a thread where blocking is allowed.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
) -> Result<T, EngineError> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|error| Err(EngineError::Worker { message: error.to_string() }))
}
