//! Where work that blocks meets work that is awaited.

use tokio::task::unconstrained;

use crate::LoadError;

/// Blocks until a future is done, wherever it is called: also within another one, and within a task of a runtime.
///
/// A task of tokio's may only do so much before it yields, and what it asks beyond that says "not yet" at once. A
/// thread that blocks never yields, so that limit must not hold for it, or it would ask for ever.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(unconstrained(future))
}

/// Does what blocks where it does not hold up the tasks of a runtime: on a thread of the runtime's for that, or right here
/// where no runtime is about.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LoadError> + Send + 'static,
) -> Result<T, LoadError> {
    match tokio::runtime::Handle::try_current() {
        Err(_) => work(),
        Ok(runtime) => runtime.spawn_blocking(work).await.unwrap_or_else(|error| {
            Err(LoadError::file("wait for", "(work on a thread of its own)".as_ref())(error.into()))
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::memory::InMemory;

    use super::*;
    use crate::storage::LakeStorage;

    #[test]
    fn a_task_that_blocks_on_very_many_requests_goes_on() {
        let storage = LakeStorage::on_store(Arc::new(InMemory::new())).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let n_absent = runtime.block_on(async {
            (0..1000).filter(|_| block_on(storage.get("absent")).unwrap().is_none()).count()
        });
        assert_eq!(n_absent, 1000);
    }
}
