//! A lease that is an object, while it is held: a task renews it.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use convolake_model::with_causes;
use tokio::sync::oneshot;

use crate::lease::document::Document;
use crate::lease::take::write;
use crate::lease::times::LeaseTimes;
use crate::storage::locked::locked;
use crate::storage::remote::reactor::Reactor;
use crate::storage::{Expected, LakeStorage, ObjectVersion, Settled};
use crate::{LoadError, paths};

/// How long giving the lease back may take; if it takes longer, the next run waits instead.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);

/// A lease that a task renews until this is dropped.
#[derive(Debug)]
pub(crate) struct Renewal {
    pipeline: String,
    storage: LakeStorage,
    fence: u64,
    run: String,
    state: Arc<Mutex<State>>,
    times: LeaseTimes,
    stop: Option<oneshot::Sender<()>>,
    ended: Mutex<mpsc::Receiver<()>>,
}

#[derive(Debug)]
struct State {
    /// When the last write that succeeded began.
    renewed_at: Instant,
    is_lost: bool,
}

/// Keeps a lease that was just taken.
pub(crate) fn begin(
    storage: &LakeStorage,
    reactor: &Arc<Reactor>,
    pipeline: &str,
    document: Document,
    version: ObjectVersion,
    begun: Instant,
    times: LeaseTimes,
) -> Renewal {
    let state = Arc::new(Mutex::new(State { renewed_at: begun, is_lost: false }));
    let (stop, stopped) = oneshot::channel();
    let (end, ended) = mpsc::channel();
    let renewal = Renewal {
        pipeline: pipeline.to_owned(),
        storage: storage.clone(),
        fence: document.fence,
        run: document.holder.run.clone(),
        state: Arc::clone(&state),
        times,
        stop: Some(stop),
        ended: Mutex::new(ended),
    };
    let object = paths::lease(pipeline);
    let keeper = Keeper { storage: storage.clone(), object, document, version, state, is_in_doubt: false };
    reactor.begin(async move {
        keeper.keep(times, stopped).await;
        // Nobody waits for it after a timeout.
        let _ = end.send(());
    });
    renewal
}

impl Renewal {
    pub(crate) fn fence(&self) -> u64 {
        self.fence
    }

    pub(crate) fn check(&self) -> Result<(), LoadError> {
        let state = locked(&self.state);
        match state.is_lost || state.renewed_at.elapsed() >= self.times.lost_after {
            true => Err(LoadError::LeaseLost { pipeline: self.pipeline.clone() }),
            false => Ok(()),
        }
    }

    pub(crate) async fn confirm(&self) -> Result<(), LoadError> {
        self.check()?;
        let object = paths::lease(&self.pipeline);
        let found = self.storage.get(&object).await?;
        let document = found.map(|bytes| Document::read(&object, &bytes)).transpose()?;
        match document.flatten() {
            Some(found) if found.fence == self.fence && found.holder.run == self.run => Ok(()),
            _ => {
                locked(&self.state).is_lost = true;
                Err(LoadError::LeaseLost { pipeline: self.pipeline.clone() })
            }
        }
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Both fail only where the task has ended already.
            let _ = stop.send(());
            let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
            let _ = ended.recv_timeout(RELEASE_TIMEOUT);
        }
    }
}

/// What the task works with.
struct Keeper {
    storage: LakeStorage,
    object: String,
    document: Document,
    version: ObjectVersion,
    state: Arc<Mutex<State>>,
    /// A write was cut short, and may have moved the version on.
    is_in_doubt: bool,
}

impl Keeper {
    /// Renews until told to stop, and then gives the lease back.
    async fn keep(mut self, times: LeaseTimes, mut stopped: oneshot::Receiver<()>) {
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                () = tokio::time::sleep(times.renewed_every) => {}
            }
            let begun = Instant::now();
            let renewed = tokio::select! {
                _ = &mut stopped => break,
                renewed = tokio::time::timeout(times.renewed_every, self.renew()) => renewed,
            };
            let mut state = locked(&self.state);
            match renewed {
                Ok(Ok(true)) => state.renewed_at = begun,
                Ok(Ok(false)) => {
                    state.is_lost = true;
                    return;
                }
                // Whether it was written is not known; the next round reads it back and goes on from there.
                Ok(Err(error)) => {
                    tracing::warn!(
                        error = with_causes(&error, ": "),
                        "the lease could not be renewed; trying again"
                    );
                }
                Err(_) => tracing::warn!("renewing the lease takes too long; trying again"),
            }
        }
        if let Err(error) = self.release().await {
            tracing::warn!(
                error = with_causes(&error, ": "),
                "the lease could not be given back; the next run will wait for it to lapse"
            );
        }
    }

    /// Writes the next document in place of ours; false where another's stands there.
    async fn renew(&mut self) -> Result<bool, LoadError> {
        let next = self.document.renewed();
        if self.write(next).await? {
            return Ok(true);
        }
        // It may be our own of a round whose answer never came; that one is over, and others wait for the next.
        match self.is_ours().await? {
            true => {
                let next = self.document.renewed();
                self.write(next).await
            }
            false => Ok(false),
        }
    }

    async fn release(&mut self) -> Result<(), LoadError> {
        if !self.is_in_doubt && self.write(self.document.released()).await? {
            return Ok(());
        }
        if self.is_ours().await? {
            self.write(self.document.released()).await?;
        }
        Ok(())
    }

    /// Reads what stands there; true, and gone on from, where we wrote it.
    async fn is_ours(&mut self) -> Result<bool, LoadError> {
        let Some((bytes, version)) = self.storage.get_with_version(&self.object).await? else {
            return Ok(false);
        };
        let Some(found) = Document::read(&self.object, &bytes)? else { return Ok(false) };
        let is_ours = found.fence == self.document.fence && found.holder == self.document.holder;
        if is_ours {
            (self.document, self.version) = (found, version);
            self.is_in_doubt = false;
        }
        Ok(is_ours)
    }

    async fn write(&mut self, next: Document) -> Result<bool, LoadError> {
        let expected = Expected::Version(self.version.clone());
        self.is_in_doubt = true;
        match write(&self.storage, &self.object, &next, &expected).await? {
            Settled::Ours(version) => {
                (self.document, self.version) = (next, version);
                self.is_in_doubt = false;
                Ok(true)
            }
            Settled::Other(_) => Ok(false),
        }
    }
}
