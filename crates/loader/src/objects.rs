use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use crate::LoadError;

/// The lake's small objects: pages, commits, intents, reports. Whole, create-once, durable when written.
#[derive(Debug, Clone)]
pub(crate) struct Objects(Arc<dyn ObjectStore>);

/// What became of an object that was to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Created {
    /// It stands there with the content given, now or from an earlier attempt.
    Ours,
    /// It stands there with another content.
    Taken,
}

impl Objects {
    pub(crate) fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self(store)
    }

    /// Creates an object. Any answer but success is settled by reading back: a store may have applied a write
    /// whose answer was lost.
    pub(crate) async fn create(&self, object: &str, content: Bytes) -> Result<Created, LoadError> {
        let path = path("write", object)?;
        let options = PutOptions::from(PutMode::Create);
        let Err(error) = self.0.put_opts(&path, content.clone().into(), options).await else {
            return Ok(Created::Ours);
        };
        match self.get(object).await {
            Ok(Some(found)) if found == content => Ok(Created::Ours),
            Ok(Some(_)) => Ok(Created::Taken),
            _ => Err(LoadError::object("write", object)(error)),
        }
    }

    /// Creates an object that nobody else may have written.
    pub(crate) async fn create_own(&self, object: &str, content: Bytes) -> Result<(), LoadError> {
        match self.create(object, content).await? {
            Created::Ours => Ok(()),
            Created::Taken => Err(LoadError::ObjectTaken { object: object.to_owned() }),
        }
    }

    /// Reads an object; `None` where there is none.
    pub(crate) async fn get(&self, object: &str) -> Result<Option<Bytes>, LoadError> {
        let path = path("read", object)?;
        match self.0.get(&path).await {
            Ok(found) => found.bytes().await.map(Some).map_err(LoadError::object("read", object)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(LoadError::object("read", object)(error)),
        }
    }

    /// Reads the beginning of an object that is there, at most `n_bytes`.
    pub(crate) async fn get_head(&self, object: &str, n_bytes: u64) -> Result<Bytes, LoadError> {
        let path = path("read", object)?;
        self.0.get_range(&path, 0..n_bytes).await.map_err(LoadError::object("read", object))
    }

    /// The names of all objects below a folder, sorted.
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<String>, LoadError> {
        let prefix = path("list", folder)?;
        let names = self.0.list(Some(&prefix)).map_ok(|meta| meta.location.as_ref().to_owned());
        let mut names: Vec<String> = names.try_collect().await.map_err(LoadError::object("list", folder))?;
        names.sort_unstable();
        Ok(names)
    }

    /// Removes an object of the protocol's own; gone already is fine.
    pub(crate) async fn remove(&self, object: &str) -> Result<(), LoadError> {
        let path = path("remove", object)?;
        match self.0.delete(&path).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(LoadError::object("remove", object)(error)),
        }
    }
}

fn path(act: &'static str, object: &str) -> Result<Path, LoadError> {
    Path::parse(object).map_err(|error| LoadError::object(act, object)(error.into()))
}
