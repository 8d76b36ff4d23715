//! Requests to a store: where they run, and what their errors mean.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use object_store::{GetOptions, GetRange, ObjectStore};

use crate::LoadError;
use crate::error::{DamageCause, StoreFault};
use crate::storage::error_words::{ErrorWords, object_path};
use crate::storage::object::ObjectVersion;
use crate::storage::remote::reactor::Reactor;

/// A store that is asked over the network. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    store: Arc<dyn ObjectStore>,
    pub(crate) reactor: Arc<Reactor>,
    words: &'static ErrorWords,
}

impl Requests {
    pub(crate) fn to(store: Arc<dyn ObjectStore>, words: &'static ErrorWords) -> Result<Self, LoadError> {
        let reactor =
            Reactor::start().map_err(LoadError::file("start threads for", "(the store)".as_ref()))?;
        Ok(Self { store, reactor: Arc::new(reactor), words })
    }

    /// Runs what may ask the store several times, to its end, even if nobody waits for it any more.
    pub(crate) async fn run<T, F>(
        &self,
        act: &'static str,
        object: &str,
        request: impl FnOnce(Arc<dyn ObjectStore>) -> F,
    ) -> Result<T, LoadError>
    where
        T: Send + 'static,
        F: Future<Output = object_store::Result<T>> + Send + 'static,
    {
        let outcome = self.reactor.run(request(Arc::clone(&self.store))).await;
        outcome.map_err(self.words.failed(act, object))
    }

    /// Reads a part of an object, which must still have the version given.
    pub(crate) async fn get_part(
        &self,
        object: &str,
        version: ObjectVersion,
        part: Range<u64>,
    ) -> Result<Bytes, LoadError> {
        let at = object_path("read", object)?;
        let n_bytes = part.end - part.start;
        let read = |store: Arc<dyn ObjectStore>| async move {
            let (range, if_match) = (Some(GetRange::Bounded(part)), Some(version.as_str().to_owned()));
            let options = GetOptions { range, if_match, ..GetOptions::default() };
            store.get_opts(&at, options).await?.bytes().await
        };
        match self.run("read", object, read).await {
            Err(LoadError::Object { source, .. }) if source.fault == StoreFault::Precondition => {
                Err(LoadError::Overtaken { object: object.to_owned() })
            }
            Ok(bytes) if bytes.len() as u64 != n_bytes => Err(LoadError::damaged(
                object,
                DamageCause::Content("the store gave fewer bytes than it said there are"),
            )),
            other => other,
        }
    }
}
