//! The worker threads, and the channel to them.

use std::any::Any;
use std::sync::Arc;
use std::thread::JoinHandle;

use convolake_loader::{Load, Quarantine};
use tokio::sync::mpsc;

use crate::ingest::job::Job;
use crate::ingest::worker::Worker;
use crate::lock::Lock;
use crate::memory::MemoryBudget;
use crate::{EngineError, Observer};

/// Jobs that wait for a thread; a sender of more waits with them.
const MAX_WAITING_JOBS: usize = 2;
/// More threads than this only wait for the load.
const MAX_THREADS: usize = 4;

/// Threads that flatten what [`Workers::sender`] is given.
pub(crate) struct Workers {
    sender: JobSender,
    threads: Vec<JoinHandle<Result<(), EngineError>>>,
    load: Arc<Lock<Load>>,
    quarantine: Arc<Lock<Quarantine>>,
}

/// Where jobs go in. Sending waits while enough jobs are waiting.
#[derive(Clone)]
pub(crate) struct JobSender(mpsc::Sender<Job>);

impl JobSender {
    /// Sends from a task. Fails once all workers have stopped; why they did is the result of [`Workers::finish`].
    pub(crate) async fn send(&self, job: Job) -> Result<(), EngineError> {
        let stopped = |_| EngineError::Worker { message: "no worker takes pages any more".to_owned() };
        self.0.send(job).await.map_err(stopped)
    }

    /// Sends from a thread that may block; false once all workers have stopped.
    pub(crate) fn blocking_send(&self, job: Job) -> bool {
        self.0.blocking_send(job).is_ok()
    }
}

impl Workers {
    pub(crate) fn start(
        load: Load,
        quarantine: Quarantine,
        observer: &Arc<dyn Observer>,
        memory: MemoryBudget,
    ) -> Self {
        let (sender, jobs) = mpsc::channel(MAX_WAITING_JOBS);
        let jobs = Arc::new(Lock::new(jobs));
        let load = Arc::new(Lock::new(load));
        let quarantine = Arc::new(Lock::new(quarantine));
        let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
        let threads = (0..n_threads).map(|_| {
            let worker = Worker {
                jobs: Arc::clone(&jobs),
                load: Arc::clone(&load),
                quarantine: Arc::clone(&quarantine),
                observer: Arc::clone(observer),
                gathered_bytes: memory.gathered_bytes(n_threads),
            };
            std::thread::spawn(move || worker.run())
        });
        Self { sender: JobSender(sender), threads: threads.collect(), load, quarantine }
    }

    pub(crate) fn sender(&self) -> JobSender {
        self.sender.clone()
    }

    /// Waits for the last job; the load is then complete. All senders must be gone.
    pub(crate) fn finish(self) -> Result<(Load, Quarantine), EngineError> {
        let Self { sender, threads, load, quarantine } = self;
        drop(sender);
        let mut result = Ok(());
        for thread in threads {
            result = result.and(thread.join().unwrap_or_else(|panic| Err(panicked(&*panic))));
        }
        result?;
        let shared = || EngineError::Worker { message: "it still holds the load".to_owned() };
        let load = Arc::into_inner(load).ok_or_else(shared)?;
        let quarantine = Arc::into_inner(quarantine).ok_or_else(shared)?;
        Ok((load.into_inner(), quarantine.into_inner()))
    }
}

fn panicked(panic: &(dyn Any + Send)) -> EngineError {
    let message = panic.downcast_ref::<String>().cloned();
    let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    EngineError::Worker { message: message.unwrap_or_else(|| "it panicked".to_owned()) }
}

#[cfg(test)]
mod tests {
    use convolake_loader::PageRef;
    use jiff::Timestamp;

    use super::*;
    use crate::ingest::sink::StreamSink;
    use crate::{PageOrigin, Project};

    fn job() -> Job {
        let project = Project::load("agentx", &[]).unwrap();
        let sink = StreamSink::new(&project, &project.pipeline.streams["messages"]).unwrap();
        Job {
            origin: PageOrigin::Source,
            sink: Arc::new(sink),
            at: PageRef { object: "page.json".to_owned(), line: 1 },
            fetched_at: Timestamp::UNIX_EPOCH,
            body: bytes::Bytes::new(),
            position: 0,
            params: Arc::default(),
            listed: std::collections::BTreeMap::new(),
            recall: crate::ingest::job::Recall::Never,
            gone: Vec::new(),
            room: convolake_extractor::PageRoom::default(),
        }
    }

    #[test]
    fn a_thread_that_sends_is_told_that_all_workers_have_stopped() {
        let (sender, jobs) = mpsc::channel(1);
        let sender = JobSender(sender);
        assert!(sender.blocking_send(job()));
        drop(jobs);
        assert!(!sender.blocking_send(job()));
    }

    #[tokio::test]
    async fn a_task_that_waits_to_send_is_told_that_all_workers_have_stopped() {
        let (sender, jobs) = mpsc::channel(1);
        let sender = JobSender(sender);
        sender.send(job()).await.unwrap();
        let waiting = tokio::spawn(async move { sender.send(job()).await });
        tokio::task::yield_now().await;
        drop(jobs);
        let error = waiting.await.unwrap().unwrap_err().to_string();
        assert!(error.contains("no worker takes pages any more"), "{error}");
    }
}
