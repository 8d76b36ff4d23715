//! The runtime on which requests to a store are made, whoever waits for them: threads that block, and tasks of
//! another runtime. Connections and timers live as long as the lake, not as long as who happened to open them.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

/// Requests wait far more than they compute; the second thread keeps the lease renewed beside a large body.
const THREADS: usize = 2;

/// A runtime that may be dropped anywhere.
#[derive(Debug)]
pub(crate) struct Reactor(Option<Runtime>);

impl Reactor {
    pub(crate) fn start() -> std::io::Result<Self> {
        let runtime =
            Builder::new_multi_thread().worker_threads(THREADS).thread_name("store").enable_all().build();
        runtime.map(|runtime| Self(Some(runtime)))
    }

    fn handle(&self) -> Option<&Handle> {
        self.0.as_ref().map(Runtime::handle)
    }

    /// Runs a request to its end, even if nobody waits for it any more.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        request: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> object_store::Result<T> {
        match self.handle() {
            Some(handle) => handle.spawn(request).await?,
            None => request.await,
        }
    }

    /// Begins a task that goes on beside everything else.
    pub(crate) fn begin(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(handle) = self.handle() {
            handle.spawn(task);
        }
    }
}

impl Reactor {
    /// Lets time pass, by this runtime's clock.
    pub(crate) async fn sleep(&self, time: Duration) {
        if let Some(handle) = self.handle() {
            // It ends early only where the runtime does.
            let _ = handle.spawn(async move { tokio::time::sleep(time).await }).await;
        }
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        // Dropped as it is, a runtime would wait for its threads, which is not allowed within another one.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
