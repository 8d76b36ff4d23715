//! Work that is done on one thread, one piece after the other.

use std::sync::{Mutex, mpsc};
use std::thread;

use futures::channel::oneshot;

use crate::LoadError;
use crate::storage::locked::locked;

type Work = Box<dyn FnOnce() + Send>;

/// A thread for work that would hold up the tasks of a runtime, and that is not to be done twice at once. It begins with the first
/// piece of work, and ends once nobody can ask it for more.
#[derive(Debug, Default)]
pub(crate) struct OwnThread {
    work: Mutex<Option<mpsc::Sender<Work>>>,
}

impl OwnThread {
    /// Has work done when its turn comes.
    ///
    /// # Errors
    /// Those of the work; [`LoadError::File`] where there can be no thread, or the work has panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, LoadError> + Send + 'static,
    ) -> Result<T, LoadError> {
        let (done, outcome) = oneshot::channel();
        let work: Work = Box::new(move || drop(done.send(work())));
        let failed = |error: std::io::Error| {
            LoadError::file("wait for", "(work on a thread of its own)".as_ref())(error)
        };
        self.send(work).map_err(failed)?;
        outcome.await.map_err(|_| failed(std::io::Error::other("it has ended early")))?
    }

    fn send(&self, work: Work) -> std::io::Result<()> {
        let mut sender = locked(&self.work);
        let unsent = match &*sender {
            Some(running) => match running.send(work) {
                Ok(()) => return Ok(()),
                // The thread has ended: what it did before has panicked.
                Err(mpsc::SendError(unsent)) => unsent,
            },
            None => work,
        };
        let (begun, queue) = mpsc::channel::<Work>();
        thread::Builder::new()
            .name("landing".to_owned())
            .spawn(move || queue.into_iter().for_each(|work| work()))?;
        // A thread that has just begun takes it.
        drop(begun.send(unsent));
        *sender = Some(begun);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::blocking::block_on;

    #[test]
    fn work_is_done_one_piece_after_the_other_and_goes_on_after_a_panic() {
        let thread = OwnThread::default();
        let name = || thread::current().name().map(str::to_owned);
        assert_eq!(block_on(thread.run(move || Ok(name()))).unwrap().as_deref(), Some("landing"));
        assert!(block_on(thread.run(|| -> Result<(), LoadError> { panic!("on purpose") })).is_err());
        for n in 0..3 {
            // The thread may still be on its way out.
            if block_on(thread.run(move || Ok(n))).is_ok() {
                return;
            }
        }
        panic!("no thread works");
    }
}
