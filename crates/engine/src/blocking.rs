//! Blocking work (disk, whole tables) off the tasks of the runtime.

use crate::EngineError;

/// Runs what blocks on a thread where blocking is allowed.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
) -> Result<T, EngineError> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|error| Err(EngineError::Worker { message: error.to_string() }))
}

/// Runs what blocks for a moment right here, where nothing can be awaited. Other tasks of the runtime go on; what is awaited
/// side by side with this does not.
pub(crate) fn blocking_here<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
